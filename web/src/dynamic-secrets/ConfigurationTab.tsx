import { Group } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { ViaName } from '../gateways/ViaName.tsx';
import type { Place } from '../leases/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { DeleteSecretDialog } from './DeleteSecretDialog.tsx';
import { TokenSet } from './TokenSet.tsx';
import { useRefusal } from './use-right.ts';

interface Props {
  secret: DynamicSecret;
  place: Place;
  projectId: string;
}

/** How it is set up. What is secret is not here: the server does not show it either. */
export function ConfigurationTab({ secret, place, projectId }: Props) {
  const { t } = useTranslation();
  const { inputs } = secret;
  const navigate = useNavigate();
  const [isDeleting, setIsDeleting] = useState(false);
  const mayNotEdit = useRefusal(place, 'dynamic-secrets', 'edit-root-credential', secret.name);
  const mayNotDelete = useRefusal(place, 'dynamic-secrets', 'delete-root-credential', secret.name);
  const params = { project: place.projectSlug, environment: place.environmentSlug };
  const search = place.path === '/' ? {} : { path: place.path };
  // The form takes the copy to whichever environments are chosen there.
  const copied = { from: secret.name };
  const value = (text: string | null | undefined) => <span translate="no">{text ?? '–'}</span>;
  function way() {
    if (inputs?.clusterConnectionId != null) return t('secrets.ofConnection');
    return <ViaName gatewayId={inputs?.gatewayId} gatewayPoolId={inputs?.gatewayPoolId} />;
  }

  function address() {
    if (inputs?.authMethod === 'gateway') return t('secrets.ofGateway');
    return inputs?.clusterConnectionId == null ? value(inputs?.url) : t('secrets.ofConnection');
  }

  return (
    <Panel
      title={t('secrets.configuration')}
      actions={
        <Group gap="xs">
          {mayNotEdit === null ? (
            <ButtonLink
              variant="default"
              to="/p/$project/e/$environment/s/$name/edit"
              params={{ ...params, name: secret.name }}
              search={search}
            >
              {t('ui.edit')}
            </ButtonLink>
          ) : (
            <ActionButton variant="default" reason={mayNotEdit}>
              {t('ui.edit')}
            </ActionButton>
          )}
          <ButtonLink
            variant="default"
            to="/p/$project/e/$environment/new"
            params={params}
            search={{ ...search, ...copied }}
          >
            {t('secrets.duplicate')}
          </ButtonLink>
          <ActionButton variant="default" reason={mayNotDelete} onClick={() => setIsDeleting(true)}>
            {t('secrets.delete')}
          </ActionButton>
        </Group>
      }
    >
      <Facts>
        <Fact name={t('secrets.name')}>{value(secret.name)}</Fact>
        <Fact name={t('secrets.defaultTtl')}>{value(secret.defaultTTL)}</Fact>
        <Fact name={t('secrets.maxTtl')}>
          {secret.maxTTL == null ? t('secrets.serversLimit') : value(secret.maxTTL)}
        </Fact>
        <Fact name={t('secrets.credentialType')}>
          {inputs?.credentialType === 'dynamic' ? t('secrets.dynamic') : t('secrets.static')}
        </Fact>
        <Fact name={t('form.authMethod')}>
          {inputs?.authMethod === 'gateway' ? t('form.gateway') : t('form.tokenApi')}
        </Fact>
        <Fact name={t('form.gatewayField')}>{way()}</Fact>
        <Fact name={t('secrets.clusterUrl')}>{address()}</Fact>
        {inputs?.clusterConnectionId == null && inputs?.authMethod !== 'gateway' && (
          <Fact name={t('form.clusterToken')}>
            <TokenSet secretId={secret.id} projectId={projectId} />
          </Fact>
        )}
        <Fact name={t('secrets.namespace')}>{value(inputs?.namespace)}</Fact>
        {inputs?.credentialType === 'dynamic' ? (
          <Fact name={t('secrets.role')}>{value(inputs.role)}</Fact>
        ) : (
          <Fact name={t('secrets.account')}>{value(inputs?.serviceAccountName)}</Fact>
        )}
        <Fact name={t('secrets.audiences')}>
          {inputs?.audiences?.length ? value(inputs.audiences.join(', ')) : t('secrets.usualAudience')}
        </Fact>
        {secret.revocable != null && (
          <Fact name={t('secrets.revocable')}>
            {secret.revocable ? t('ui.yes') : t('ui.no')}{' '}
            {secret.revocableReason != null && <span translate="no">({secret.revocableReason})</span>}
          </Fact>
        )}
        <Fact name={t('secrets.changed')}>
          <Moment at={secret.updatedAt} />
        </Fact>
      </Facts>
      {isDeleting && (
        <DeleteSecretDialog
          secret={secret}
          place={place}
          onClose={() => setIsDeleting(false)}
          onDeleted={() =>
            void navigate({
              to: '/p/$project/overview',
              params: { project: params.project },
              search,
              replace: true,
            })
          }
        />
      )}
    </Panel>
  );
}
