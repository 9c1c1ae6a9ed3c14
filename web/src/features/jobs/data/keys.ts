import type { JobFilters } from '../../../api/jobs.ts';

/** The names of what the query cache holds about jobs. */
export const jobKeys = {
  all: ['jobs'],
  lists: ['jobs', 'list'],
  list: (filters: JobFilters) => ['jobs', 'list', filters] as const,
  detail: (id: string) => ['jobs', 'detail', id] as const,
  /** The states that arrived lately, by themselves: see recent.ts. */
  recents: ['recent-job'],
  recent: (id: string) => ['recent-job', id] as const,
} as const;
