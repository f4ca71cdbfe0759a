// Lets the process use the memory of long records again without asking the system for it.

/** Bytes. Twice as much freed memory is kept: what long records take between two collections of garbage. */
const keptPerHeap = 8 * 1024 * 1024;
let isKept = false;

/**
 * Makes the C library keep freed memory, up to 16 MiB. By default glibc returns it above 128 KiB, and each page is then
 * filled with zeros by the system when the next record comes: 64 KiB there and back took 5 page faults at each end, and
 * more time for them than for the rest. It keeps twice the size of the longest block that was ever freed; so one block is
 * freed that was never written, which takes no memory. Other C libraries ignore it.
 */
export function keepFreedMemory(): void {
  if (isKept) return;
  isKept = true;
  new ArrayBuffer(keptPerHeap);
}
