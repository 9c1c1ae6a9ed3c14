-- Nothing reads the broker queue `results`, and workers no longer write to it. Those of the version before still insert
-- its rows until they are replaced, so the check goes on allowing 'broker:results' and the trigger discards the rows:
-- a row that nothing relays would stay in the outbox for ever. A later migration, when no such worker runs any more, drops
-- the trigger with its function and takes 'broker:results' out of the check.
LOCK TABLE outbox IN EXCLUSIVE MODE; -- waits for relays that hold rows

CREATE FUNCTION discard_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

CREATE TRIGGER outbox_discard_results BEFORE INSERT ON outbox
  FOR EACH ROW WHEN (NEW.destination = 'broker:results') EXECUTE FUNCTION discard_row();

DELETE FROM outbox WHERE destination = 'broker:results';
