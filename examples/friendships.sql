-- friendships.sql -- a social application's own table of friendships, and what Kith needs of it: a
-- role that may read it, and a trigger that says whose friends have changed. See docs/own-tables.md.
--
--   psql -v ON_ERROR_STOP=1 -d app -f friendships.sql

-- A row is one side of a friendship: of two who are friends there are two.
CREATE TABLE friendships (
    user_id bigint NOT NULL,
    friend_id bigint NOT NULL,
    accepted boolean NOT NULL DEFAULT true,
    PRIMARY KEY (user_id, friend_id)
);

-- Both ends of what has changed, as a JSON array. Kith reads their friends again at once; users who
-- are not connected cost nothing. PostgreSQL sends it when the transaction commits, and once,
-- however often it was said.
CREATE FUNCTION notify_kith() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        PERFORM pg_notify('kith_edges', json_build_array(OLD.user_id, OLD.friend_id)::text);
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        PERFORM pg_notify('kith_edges', json_build_array(NEW.user_id, NEW.friend_id)::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notify_kith AFTER INSERT OR UPDATE OR DELETE ON friendships
    FOR EACH ROW EXECUTE FUNCTION notify_kith();

-- All of it goes: that is about anybody.
CREATE FUNCTION notify_kith_of_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kith_edges', '');
    RETURN NULL;
END $$;
CREATE TRIGGER notify_kith_of_all AFTER TRUNCATE ON friendships
    FOR EACH STATEMENT EXECUTE FUNCTION notify_kith_of_all();

-- A role that may do no more than that, made beforehand: CREATE ROLE kith_reader LOGIN PASSWORD ...
GRANT SELECT ON friendships TO kith_reader;
