import type { JobFilters } from '../../../api/job-filters.ts';

/** The names of what the query cache holds about jobs. */
export const jobKeys = {
  all: ['jobs'],
  lists: ['jobs', 'list'],
  list: (filters: JobFilters) => ['jobs', 'list', filters] as const,
  detail: (id: string) => ['jobs', 'detail', id] as const,
  attempts: (id: string) => ['jobs', 'attempts', id] as const,
  waiting: (id: string) => ['jobs', 'waiting', id] as const,
  /** What events change without saying to what. */
  totals: ['jobs', 'totals'],
  counts: ['jobs', 'totals', 'counts'],
  usage: ['jobs', 'totals', 'usage'],
  /** The states that arrived lately, by themselves: see recent.ts. */
  recents: ['recent-job'],
  recent: (id: string) => ['recent-job', id] as const,
} as const;
