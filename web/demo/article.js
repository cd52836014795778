// article.js -- the article's way: a private channel for the state, and a hook for the diffs, which
// come on each friend's own topic, a topic that nobody has joined.
import { Presence } from "./phoenix.mjs";

export function watchTheArticlesWay(socket, user, onChange) {
  const channel = socket.channel(`user:${user}`);
  let friends = {};

  channel.on("presence_state", (state) => {
    friends = Presence.syncState(friends, state);
    onChange(friends);
  });

  socket.onMessage(({ topic, event, payload }) => {
    if (event === "presence_diff" && /^user_presence:\d+$/.test(topic)) {
      friends = Presence.syncDiff(friends, payload);
      onChange(friends);
    }
  });

  channel.join();
  return channel;
}
