import { useSearchParams } from 'wouter';
import { PAGE_SIZE } from '../data/pages.ts';

/** How many jobs are shown at least, which the address holds. */
export function useShown(): [number, (count: number) => void] {
  const [parameters, setParameters] = useSearchParams();
  const asked = Number(parameters.get('shown'));
  return [
    Number.isSafeInteger(asked) && asked > PAGE_SIZE ? asked : PAGE_SIZE,
    (count) => {
      setParameters(
        (current) => {
          current.set('shown', String(count));
          return current;
        },
        { replace: true },
      );
    },
  ];
}
