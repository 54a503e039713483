import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';

const PATHS = { gateways: '/gateways', pools: '/gateways/pools' } as const;
const LISTS = ['gateways', 'pools'] as const;

interface Props {
  tab: (typeof LISTS)[number];
  actions?: ReactNode;
  children: ReactNode;
}

/** What stands around the lists of gateways and of their pools. */
export function GatewaysFrame({ tab, actions, children }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title={t('places.gateways')} actions={actions} />
      <PageTabs
        tabs={LISTS.map(key => ({ key, label: t(`gateways.lists.${key}`) }))}
        chosen={tab}
        onChoose={next => void navigate({ to: PATHS[next] })}
      >
        {children}
      </PageTabs>
    </>
  );
}
