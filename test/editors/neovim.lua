-- Does with the language server what a person does in Neovim, and writes what the buffer shows after each step as JSON.
-- nvim --headless --clean FILE -c "luafile neovim.lua" with LUPINE_SERVER (a JSON array, the command) and LUPINE_SHOWN (a file).
local shown = {}

local function buffer()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
end

-- Warnings of the linter may stay.
local function messages()
  return vim.tbl_map(function(one) return one.message end, vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }))
end

-- Editors answer late on a busy machine. The limit only bounds a hang.
local function until_true(what, condition)
  if not vim.wait(60000, condition, 20) then error("waited in vain until " .. what .. ":\n" .. buffer()) end
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 60000)
  for _, answer in pairs(answers or {}) do return answer.result end
end

local function run()
  local client = vim.lsp.start_client({
    name = "lupine",
    cmd = vim.fn.json_decode(vim.env.LUPINE_SERVER),
    root_dir = vim.fn.getcwd(),
    init_options = { trusted = false },
  })
  vim.lsp.buf_attach_client(0, client)
  until_true("there is an error", function() return #messages() > 0 end)
  shown.error = messages()[1]

  -- The first of the offered actions.
  vim.ui.select = function(items, _, choose) choose(items[1], 1) end
  vim.api.nvim_win_set_cursor(0, { 1, vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })[1].col })
  local before = buffer()
  vim.lsp.buf.code_action()
  until_true("the fix is applied", function() return buffer() ~= before end)
  until_true("the error is gone", function() return #messages() == 0 end)
  shown.fixed = buffer()

  vim.api.nvim_win_set_cursor(0, { 2, 9 })
  local params = vim.lsp.util.make_position_params(0, "utf-16")
  shown.hover = ask("textDocument/hover", params).contents
  vim.lsp.buf.definition()
  until_true("the cursor is at the definition", function() return vim.api.nvim_win_get_cursor(0)[1] == 1 end)
  shown.definition = vim.fn.expand("<cword>")

  vim.lsp.buf.rename("couple")
  until_true("both places are renamed", function() return select(2, buffer():gsub("couple", "")) == 2 end)
  shown.renamed = buffer()

  local format = vim.lsp.buf.format or function() vim.lsp.buf.formatting_sync({}, 60000) end
  format({ timeout_ms = 60000 })
  shown.formatted = buffer()

  vim.lsp.stop_client(client)
  until_true("the server has ended", function() return vim.lsp.client_is_stopped(client) end)
end

local fine, problem = pcall(run)
if not fine then shown = { problem = tostring(problem) } end
local file = assert(io.open(vim.env.LUPINE_SHOWN, "w"))
file:write(vim.fn.json_encode(shown))
file:close()
vim.cmd("qa!")
