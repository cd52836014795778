// wall.mjs -- a wall clock that a test sets, of one server: tests/chaos/wall.c, preloaded into it, goes by a file. All
// other clocks are the machine's.
import { closeSync, openSync, writeSync } from "node:fs";

const LONGS = 8;

export class Wall {
  /** `file`: which is made. */
  constructor(file) {
    this.file = file;
    closeSync(openSync(file, "w"));
    this.set(0);
  }

  /** It is off by so many seconds from now on. */
  set(off_s) {
    const bytes = Buffer.alloc(LONGS);
    bytes.writeBigInt64LE(BigInt(off_s));
    const file = openSync(this.file, "r+");
    writeSync(file, bytes, 0, LONGS, 0); /* in place: the server has it mapped */
    closeSync(file);
  }

  /** With which a server goes by it; sanitizers are told that something stands before them. */
  env(library) {
    const options = [process.env.ASAN_OPTIONS, "detect_leaks=1", "verify_asan_link_order=0"];
    return { LD_PRELOAD: library, KITH_TEST_WALL: this.file, ASAN_OPTIONS: options.filter(Boolean).join(":") };
  }
}
