// device.js -- the name of this tab or process. A page that reloads keeps it, so that its new
// connection takes over the presence of the old one and no friend notices.

const KEY = "kith.device";

/* Not a secret: it only tells one user's own sessions apart. */
const newId = () =>
  [Date.now(), Math.random() * 2 ** 52, Math.random() * 2 ** 52]
    .map((number) => Math.floor(number).toString(36))
    .join("-");

export function deviceId() {
  try {
    const id = sessionStorage.getItem(KEY) ?? newId();
    sessionStorage.setItem(KEY, id);
    return id;
  } catch {
    return newId(); /* no storage here, or none that we may use */
  }
}
