import { Button, Stack } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FailurePanel } from './FailurePanel.tsx';
import { Waiting } from './Waiting.tsx';

interface Props<Page> {
  query: UseInfiniteQueryResult<{ pages: Page[] }>;
  children: (pages: Page[]) => ReactNode;
}

/** A list that comes in pages: waiting, failed, or what has come so far with a way to the next page. */
export function Pages<Page>({ query, children }: Props<Page>) {
  const { t } = useTranslation();
  if (query.data === undefined) {
    if (query.error === null) return <Waiting />;
    return <FailurePanel failure={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <Stack gap="md">
      {children(query.data.pages)}
      {query.hasNextPage && (
        <Button
          variant="default"
          onClick={() => void query.fetchNextPage()}
          loading={query.isFetchingNextPage}
        >
          {t('ui.more')}
        </Button>
      )}
    </Stack>
  );
}
