import { useTranslation } from 'react-i18next';
import type { ClientSecretData, LoggedEvent } from '../api/schema.ts';
import { useNow } from '../time/use-now.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { endOf, standingOf } from './client-secret.ts';
import { SignIn } from './SignIn.tsx';

interface Props {
  secrets: ClientSecretData[];
  /** The newest sign-ins of their machine, for whoever may read them. */
  signIns: LoggedEvent[] | undefined;
  onRevoke: (secret: ClientSecretData) => void;
}

/** How old client secrets are, how long they are good for, and how they were used. */
export function ClientSecretTable({ secrets, signIns, onRevoke }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const columns: Column<ClientSecretData>[] = [
    {
      key: 'prefix',
      header: t('access.beginsWith'),
      cell: one => (
        <span className="mono" translate="no">
          {one.clientSecretPrefix}
        </span>
      ),
    },
    {
      key: 'description',
      header: t('access.description'),
      cell: one => <span translate="no">{one.description || '–'}</span>,
    },
    { key: 'since', header: t('access.since'), cell: one => <Moment at={one.createdAt} /> },
    {
      key: 'ends',
      header: t('leases.ends'),
      cell: one => {
        const end = endOf(one);
        return end === null ? t('access.endless') : <Moment at={end} />;
      },
    },
    {
      key: 'uses',
      header: t('access.uses'),
      cell: ({ clientSecretNumUses: uses, clientSecretNumUsesLimit: limit }) => (
        <span translate="no">{limit === 0 ? uses : `${uses} / ${limit}`}</span>
      ),
    },
    ...(signIns === undefined
      ? []
      : [
          {
            key: 'used',
            header: t('account.lastUsed'),
            cell: (one: ClientSecretData) => <LastUse secret={one} signIns={signIns} />,
          },
        ]),
    { key: 'actions', header: t('leases.actions'), isQuiet: true, cell: actions },
  ];
  return (
    <DataTable label={t('access.clientSecrets')} columns={columns} rows={secrets} rowKey={({ id }) => id} />
  );

  function actions(one: ClientSecretData) {
    const standing = standingOf(one, now);
    if (standing !== 'good') return t(`access.secretStanding.${standing}`);
    return (
      <ActionButton
        size="compact-sm"
        variant="default"
        onClick={() => onRevoke(one)}
        aria-label={t('access.revokeNamed', { name: one.clientSecretPrefix })}
      >
        {t('access.revokeSecret')}
      </ActionButton>
    );
  }
}

/** What was used, but not in the sign-ins that are known, was used before them. */
function LastUse({ secret, signIns }: { secret: ClientSecretData; signIns: LoggedEvent[] }) {
  const { t } = useTranslation();
  const last = signIns.find(
    ({ metadata }) => (metadata as { clientSecretId?: string }).clientSecretId === secret.id,
  );
  if (last !== undefined) return <SignIn event={last} />;
  return t(secret.clientSecretNumUses === 0 ? 'access.neverUsed' : 'access.notLately');
}
