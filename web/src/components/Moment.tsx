import { type ReactElement, useMemo } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { absoluteTime, relativeTime } from '../i18n/time.ts';
import { useTicking } from './clock.ts';

/** How long ago, or until when; the time itself where there is room, else in its title. */
export function Moment({ at, isExact = false }: { at: string; isExact?: boolean }): ReactElement {
  const { language } = useLocalisation();
  const time = useMemo(() => new Date(at), [at]);
  const relative = useTicking(() => relativeTime(time, language));
  const exact = useMemo(() => absoluteTime(time, language), [time, language]);
  return (
    <time dateTime={at} title={exact}>
      {isExact ? `${exact} (${relative})` : relative}
    </time>
  );
}
