import type { ReactElement } from 'react';

const PATHS = {
  queued: 'M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  running: 'M8 2a6 6 0 1 1-6 6',
  succeeded: 'm5.25 8.25 2 2 3.5-4M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  failed: 'm6 6 4 4m0-4-4 4m8-2A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  cancelled: 'm3.8 12.2 8.4-8.4M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  interrupted: 'M6.5 6v4m3-4v4M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  copy: 'M6 6h7v7.5H6zM10 6V2.5H3V10h3',
  copied: 'm3 8.5 3.5 3.5L13 4.5',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: a text beside it, or its button's name, says the same. */
export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg className={`icon ${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
