import { useState } from 'react';

/** What is typed for a value, which need not be one yet: kept until the value becomes another than that. */
export function useTyped(
  value: string,
  valueOf: (typed: string) => string,
): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const [before, setBefore] = useState(value);
  if (value !== before) {
    setBefore(value);
    if (value !== valueOf(typed)) setTyped(value);
  }
  return [typed, setTyped];
}
