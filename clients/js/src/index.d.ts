// index.d.ts -- what clients/js gives and takes.

/** One session of a friend, as it stands on the wire. */
export interface Meta {
  /** Unix seconds, as text. */
  readonly online_at: string;
  readonly status: string;
  readonly phx_ref: string;
  readonly phx_ref_prev?: string;
  /** Whatever else the friend's app has set. */
  readonly [field: string]: unknown;
}

/** A friend who is here. Never changes: each change makes a new one. */
export interface Friend {
  readonly id: string;
  /** Of the newest session. */
  readonly status: string;
  /** When the oldest session began. */
  readonly since: Date;
  /** The newest session, with the fields that the friend's app has set. */
  readonly meta: Meta;
  /** One for each session (window, device), oldest first. */
  readonly metas: readonly Meta[];
}

/** Who is here, by id. While there is no connection: who was. */
export interface Friends extends Iterable<[string, Friend]> {
  readonly size: number;
  get(id: string): Friend | undefined;
  has(id: string): boolean;
  keys(): IterableIterator<string>;
  values(): IterableIterator<Friend>;
  entries(): IterableIterator<[string, Friend]>;
  forEach(callback: (friend: Friend, id: string, friends: Friends) => void): void;
  /** Each event comes once for each change, after the whole view is in place. */
  on(event: "added" | "removed", listener: (friend: Friend) => void): () => void;
  on(event: "changed", listener: (friend: Friend, before: Friend) => void): () => void;
}

/**
 * connecting: for the first time. online: joined, and `friends` is true. reconnecting: it is tried
 * again. offline: the same, while the browser says that there is no network. closed: by close().
 */
export type State = "connecting" | "online" | "reconnecting" | "offline" | "closed";

export interface StateNews {
  state: State;
  /** Why it is not online, in words that say what to do. */
  error: KithError | null;
  /** In how many milliseconds it is tried again, if it waits. */
  retryInMs: number | null;
}

/** A token, with its end if the token itself does not tell: only a JWT does. */
export type Token = string | { token: string; expiresAt?: Date | number };

/** Further fields of a status: JSON, at most 1 KiB with it. */
export type Fields = Readonly<Record<string, unknown>>;

export type Visibility = "friends" | "public" | "nobody" | "only" | "except";

/** `at`: unix seconds. */
export type LastSeen =
  | null
  | { readonly at: number }
  | { readonly ago: "minutes" | "hours" | "days" | "weeks" };

export interface Options {
  /** Asked at each connection, and before a token runs out. */
  token?: () => Token | Promise<Token>;
  /** Instead of a token, for a server that runs with `auth = none`. */
  userId?: string;
  /** The first status; "online" if left out. */
  status?: string;
  fields?: Fields;
  /** Which of the user's devices this is, at most 64 bytes; by default one for each tab. */
  device?: string;
  /** Begins hidden: nobody sees this session until setHidden(false). */
  hidden?: boolean;
  /** For Node before 22: the class of npm `ws`. */
  WebSocket?: new (url: string, protocols?: string | string[]) => unknown;
}

export interface Kith {
  readonly friends: Friends;
  readonly state: State;
  readonly device: string;
  /** The own status, as it is told at each join. */
  readonly status: { readonly status: string } & Fields;
  on(event: "state", listener: (news: StateNews) => void): () => void;
  /** What failed in the background: a token's renewal, a watch that was to be asked for again. */
  on(event: "error", listener: (error: Error) => void): () => void;
  /** Resolves when online: now, or at last. */
  online(): Promise<void>;
  /** Replaces status and fields. Resolves when the server has them. */
  setStatus(status: string, fields?: Fields): Promise<void>;
  /** Who may see this user; `ids` for "only" and "except". */
  setVisibility(mode: Visibility, ids?: Iterable<string>): Promise<void>;
  /** Hides this session alone, or shows it again. Resolves when those who saw it have been told. */
  setHidden(hidden: boolean): Promise<void>;
  /** Shows people in `friends` for a while, as for a profile on the screen. */
  watch(ids: Iterable<string>): Promise<void>;
  unwatch(ids: Iterable<string>): Promise<void>;
  /** Whether others are told when this user was last seen: "off" at first. */
  setLastSeen(how: "off" | "coarse" | "exact"): Promise<void>;
  /** When each was last seen, of at most 100; null where it is not told. */
  lastSeen(ids: Iterable<string>): Promise<Map<string, LastSeen>>;
  /** What the app's back end pushes. */
  onPush(event: string, listener: (payload: any) => void): () => void;
  /** Leaves, for good: friends see it at once. */
  close(): void;
}

/** Connects, and stays connected until close(). `url` is the socket's: "wss://kith.example/socket". */
export function connect(url: string, options: Options): Kith;

export class KithError extends Error {}
/** The token function failed; `cause` says how. */
export class KithTokenError extends KithError {}
/** The connection could not be made, or ended. */
export class KithConnectionError extends KithError {
  readonly closeCode?: number;
}
/** The server said no, for this reason. */
export class KithRefusedError extends KithError {
  readonly event: string;
  readonly reason: string;
}
/** This server does not know the event. */
export class KithUnsupportedError extends KithError {
  readonly event: string;
}
/** There was no answer. */
export class KithTimeoutError extends KithError {
  readonly event: string;
}
/** close() was called. */
export class KithClosedError extends KithError {}
