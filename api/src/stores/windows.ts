/**
 * A script: adds to the count of a window that begins with the first; answers with the count and the milliseconds to the
 * end of the window. Its arguments are the key, the amount and the window's milliseconds.
 */
export const ADD_IN_WINDOW = `
  local count = redis.call('INCRBY', KEYS[1], ARGV[1])
  if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return { count, redis.call('PTTL', KEYS[1]) }`;
