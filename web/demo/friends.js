// friends.js -- everybody's presence on one topic: Phoenix's own Presence class, as it is.
import { Presence } from "./phoenix.mjs";

export function watchFriends(socket, myStatus, onChange) {
  const channel = socket.channel("friends", myStatus);
  const presence = new Presence(channel);

  presence.onSync(() => onChange(presence.state));
  channel.join();
  return channel;
}
