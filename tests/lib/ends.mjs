// ends.mjs -- whether a server has seen that a connection is at its end: by the kernel's table, since
// no answer says so.
import { readFile } from "node:fs/promises";
import { eventually } from "./wire.mjs";

const hex = (port) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;

async function listed(server, client) {
  const lines = (await readFile("/proc/net/tcp", "latin1")).split("\n");
  return lines.some((line) => {
    const [, local = "", remote = ""] = line.trim().split(/ +/);
    return local.endsWith(hex(server)) && remote.endsWith(hex(client));
  });
}

/**
 * Ends the connection of `socket` without a word. Resolves once the server has closed its own end.
 * All that it sent must have been read, else the kernel takes it from the server at once.
 */
export async function cutAndSeen(socket) {
  const { localPort: client, remotePort: server } = socket;
  socket.destroy();
  /* Twice: a line may be passed over while others come and go. */
  const gone = async () => !(await listed(server, client)) && !(await listed(server, client));
  await eventually(gone, "the server's end of a connection");
}
