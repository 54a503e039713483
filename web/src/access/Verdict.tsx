import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ExplainRequest } from '../api/schema.ts';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { explainQuery } from './queries.ts';
import { useCandidates } from './use-candidates.ts';

interface WhoProps {
  /** Type and id, as in the address. */
  value: string | undefined;
  onChange: (who: string | null) => void;
}

/** One person or machine to ask about. */
export function WhoSelect({ value, onChange }: WhoProps) {
  const { t } = useTranslation();
  const of = (type: string, all: { value: string; label: string }[]) =>
    all.map(one => ({ ...one, value: `${type}:${one.value}` }));
  return (
    <Select
      label={t('access.askAbout')}
      placeholder={t('access.everybody')}
      data={[
        { group: t('access.tabs.users'), items: of('user', useCandidates('users')) },
        { group: t('access.tabs.identities'), items: of('identity', useCandidates('identities')) },
      ]}
      value={value ?? null}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('audit.clear') }}
    />
  );
}

/** Whether that one may, and which rule decides. */
export function Verdict({ asked, who }: { asked: ExplainRequest; who: string }) {
  const { t } = useTranslation();
  const [type = '', id = ''] = who.split(':');
  const answer = useQuery(explainQuery({ ...asked, principal: { type, id } }));
  if (answer.data === undefined) return <Failure of={answer.error} />;
  const isAllowed = answer.data.decision === 'allow';
  return (
    <Notice tone={isAllowed ? 'good' : 'warn'}>
      <strong>{t(isAllowed ? 'access.mayDoThat' : 'access.mayNotDoThat')}</strong>{' '}
      <span translate="no">{answer.data.reason}</span>
    </Notice>
  );
}
