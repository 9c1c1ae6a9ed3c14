import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { duration } from '../i18n/time.ts';
import { useTicking } from './clock.ts';

/** From one time to another, or until now. */
export function Duration({ from, to }: { from: string; to: string | null }): ReactElement {
  const { language } = useLocalisation();
  const begin = Date.parse(from);
  const isOver = to !== null;
  // The state of a clock has to stay the same until it ticks: whole seconds.
  const text = useTicking(() => {
    const end = isOver ? Date.parse(to) : begin + Math.floor((Date.now() - begin) / 1_000) * 1_000;
    return duration(end - begin, language);
  });
  return <span className="number">{text}</span>;
}
