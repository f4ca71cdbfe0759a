;;; Does with the language server what a person does in Emacs with Eglot, and writes what the buffer shows after each step as JSON.
;;; emacs --batch -l emacs.el FILE with LUPINE_SERVER (a JSON array, the command) and LUPINE_SHOWN (a file)  -*- lexical-binding: t -*-
(require 'json)
(require 'package)
(package-initialize)
(require 'eglot)
(require 'flymake)

;; The configuration of docs/editors.md, with another command.
(define-derived-mode xdr-mode c-mode "XDR"
  (remove-hook 'flymake-diagnostic-functions #'flymake-cc t)) ; gcc does not read interfaces
(add-to-list 'auto-mode-alist '("\\.\\(x\\|rpcl\\|xdr\\)\\'" . xdr-mode))
(add-to-list 'eglot-server-programs (cons 'xdr-mode (append (json-read-from-string (getenv "LUPINE_SERVER")) nil)))

(defvar shown '())
(defun show (name value) (push (cons name value) shown))
(defun buffer () (buffer-substring-no-properties (point-min) (point-max)))
(defun errors ()
  (seq-filter (lambda (one) (eq (flymake-diagnostic-type one) 'eglot-error)) (flymake-diagnostics)))

;; Editors answer late on a busy machine. The limit only bounds a hang.
(defun until (what condition)
  (let ((end (time-add nil 120)))
    (while (not (funcall condition))
      (when (time-less-p end nil) (error "waited in vain until %s:\n%s" what (buffer)))
      (accept-process-output nil 0.05))))

(defun run (file)
  (find-file file)
  (flymake-mode 1)
  (eglot-ensure)
  (run-hooks 'post-command-hook)
  (until "Eglot is connected" #'eglot-current-server)
  (until "there is an error" (lambda () (flymake-start) (errors)))
  (show 'error (flymake-diagnostic-text (car (errors))))

  ;; The first of the offered actions.
  (goto-char (flymake-diagnostic-beg (car (errors))))
  (let ((before (buffer))
        (last-nonmenu-event t)) ; by the keyboard, not in a menu
    (cl-letf (((symbol-function 'completing-read)
               (lambda (_ choices &rest _) (let ((first (car choices))) (if (consp first) (car first) first)))))
      (call-interactively #'eglot-code-actions))
    (until "the fix is applied" (lambda () (not (equal (buffer) before)))))
  (eglot--signal-textDocument/didChange) ; a timer does this, unless in batch mode
  (until "the error is gone" (lambda () (flymake-start) (null (errors))))
  (show 'fixed (buffer))

  (goto-char (point-max))
  (insert "typedef pai")
  (let* ((found (eglot-completion-at-point))
         (names (all-completions "pai" (nth 2 found))))
    (show 'completed (vconcat (mapcar #'substring-no-properties names))))
  (delete-region (line-beginning-position) (point))
  (eglot--signal-textDocument/didChange)

  (goto-char (point-min))
  (search-forward "typedef pa")
  (let ((answer (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover (eglot--TextDocumentPositionParams))))
    (show 'hover (substring-no-properties (eglot--hover-info (plist-get answer :contents)))))
  (let ((xref-prompt-for-identifier nil)) (call-interactively #'xref-find-definitions))
  (until "the cursor is at the definition" (lambda () (= (line-number-at-pos) 1)))
  (show 'definition (thing-at-point 'symbol t))

  (eglot-rename "couple")
  (until "both places are renamed" (lambda () (= (how-many "couple" (point-min) (point-max)) 2)))
  (show 'renamed (buffer))
  (eglot-format-buffer)
  (show 'formatted (buffer))
  (let ((server (eglot-current-server))) (eglot-shutdown server))
  (set-buffer-modified-p nil))

(condition-case problem (run (pop command-line-args-left))
  (error (setq shown (list (cons 'problem (error-message-string problem))))))
(with-temp-file (getenv "LUPINE_SHOWN") (insert (json-encode shown)))
