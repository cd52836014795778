// index.js -- the door: connect(), and the errors that one may meet.
export { connect } from "./kith.js";
export * from "./errors.js";
