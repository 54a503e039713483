import { Button, Fieldset, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError, faultsByField } from '../api/problem.ts';
import classes from '../connections/ConnectionForm.module.css';
import { onFormKey } from '../keys/form-keys.ts';
import { Failure } from '../ui/Failure.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { useOnce } from '../ui/use-once.ts';
import { AccountFields } from './AccountFields.tsx';
import { EMPTY, type GatewayDraft, requestOf } from './gateway-draft.ts';

const route = getRouteApi('/shell/gateways/new');

/** Names a gateway and says how its processes prove themselves. It is nowhere until one enrols, which is the next page. */
export function NewGatewayPage() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const [draft, setDraft] = useState<GatewayDraft>(EMPTY);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();
  const change = (changes: Partial<GatewayDraft>) => setDraft(before => ({ ...before, ...changes }));
  const faults = failure === null ? {} : faultsByField(failure);

  async function make() {
    const { gateway } = await body(api.POST('/api/v1/gateways', { body: requestOf(draft) }));
    await client.invalidateQueries({ queryKey: ['gateways'] });
    await navigate({ to: '/gateways/$gateway/enrol', params: { gateway: gateway.id } });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setFailure(null);
    void once(() => make().catch(thrown => setFailure(asApiError(thrown))));
  }

  return (
    <>
      <PageHeader title={t('gateways.new')} trail={<Link to="/gateways">{t('places.gateways')}</Link>} />
      <form onSubmit={submit} onKeyDownCapture={onFormKey} className={classes.form}>
        <Stack gap="md">
          <TextInput
            label={t('clusters.name')}
            description={t('gateways.nameHelp')}
            value={draft.name}
            onChange={event => change({ name: event.currentTarget.value })}
            error={faults.name}
            autoComplete="off"
            required
          />
          <Radio.Group
            label={t('gateways.method')}
            value={draft.method}
            onChange={value => change({ method: value === 'token' ? 'token' : 'service-account' })}
          >
            <Stack gap="xs" mt={8}>
              {(['token', 'service-account'] as const).map(method => (
                <Radio
                  key={method}
                  value={method}
                  label={t(`gateways.methods.${method}`)}
                  description={t(`gateways.methodsHelp.${method}`)}
                />
              ))}
            </Stack>
          </Radio.Group>
          {draft.method === 'service-account' && (
            <Fieldset legend={t('gateways.methods.service-account')}>
              <AccountFields draft={draft} change={change} faults={faults} />
            </Fieldset>
          )}
          {Object.keys(faults).length === 0 && <Failure of={failure} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={() => void navigate({ to: '/gateways' })} disabled={isBusy}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t('gateways.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}
