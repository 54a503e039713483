import { Button, Group, MultiSelect, PasswordInput, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError, faultsByField } from '../api/problem.ts';
import { projectsQuery } from '../projects/queries.ts';
import { Notice } from '../ui/Notice.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import classes from './NewConnectionPage.module.css';

export function NewConnectionPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const projects = useQuery(projectsQuery);
  const [form, setForm] = useState({ name: '', url: '', ca: '', clusterToken: '' });
  const [sharedWith, setSharedWith] = useState('named');
  const [projectIds, setProjectIds] = useState<string[]>([]);
  const make = useMutation({
    mutationFn: () => {
      const { ca, ...rest } = form;
      const shared = sharedWith === 'named' ? { projectIds } : {};
      const sent = { ...rest, ...(ca.trim() === '' ? {} : { ca }), sharedWith, ...shared };
      return body(api.POST('/api/v1/cluster-connections', { body: sent }));
    },
    onSuccess: async ({ clusterConnection }) => {
      await client.invalidateQueries({ queryKey: ['connections'] });
      await navigate({ to: '/clusters/$connection', params: { connection: clusterConnection.id } });
    },
    // The token was in what was sent; nothing remembers it.
    gcTime: 0,
  });
  const failure = make.error === null ? null : asApiError(make.error);
  const faults: Record<string, string> = failure === null ? {} : faultsByField(failure);
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setForm({ ...form, [name]: event.currentTarget.value }),
    error: faults[name],
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    make.mutate();
  }

  return (
    <>
      <PageHeader title={t('clusters.connect')} />
      <form onSubmit={submit} className={classes.form}>
        <Stack gap="md">
          <TextInput label={t('clusters.name')} {...field('name')} autoComplete="off" required />
          <TextInput
            label={t('secrets.clusterUrl')}
            description={t('form.urlHelp')}
            {...field('url')}
            autoComplete="off"
            required
          />
          <Textarea
            label={t('form.ca')}
            description={t('form.caHelp')}
            {...field('ca')}
            rows={4}
            classNames={{ input: 'mono' }}
          />
          <PasswordInput
            label={t('form.clusterToken')}
            description={t('form.tokenHelp')}
            {...field('clusterToken')}
            autoComplete="off"
            required
            visibilityToggleButtonProps={{ 'aria-label': t('form.showToken') }}
          />
          <Radio.Group label={t('clusters.sharedWith')} value={sharedWith} onChange={setSharedWith}>
            <Stack gap="xs" mt={8}>
              <Radio value="named" label={t('clusters.shareNamed')} />
              <Radio value="all" label={t('clusters.sharedWithAll')} />
            </Stack>
          </Radio.Group>
          {sharedWith === 'named' && (
            <MultiSelect
              label={t('projects.title')}
              data={(projects.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              value={projectIds}
              onChange={setProjectIds}
            />
          )}
          {failure !== null && (
            <Notice tone="bad">
              <span translate="no">{failure.message}</span>
            </Notice>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => void navigate({ to: '/clusters' })}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('secrets.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}
