import { useQuery } from '@tanstack/react-query';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { policyQuery } from '../dynamic-secrets/queries.ts';
import { useRefusal } from '../dynamic-secrets/use-right.ts';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { PolicyForm } from './PolicyForm.tsx';

/** The policy of one environment, each by itself: one that may not be read leaves the others as they are. */
export function PolicyPanel({ project, environment }: { project: Project; environment: EnvironmentSummary }) {
  const policy = useQuery(policyQuery(project.id, environment.id));
  const place = { projectSlug: project.slug, environmentSlug: environment.slug, path: '/' };
  const refusal = useRefusal(place, 'policies', 'edit');
  return (
    <Panel title={environment.name} isName>
      {content()}
    </Panel>
  );

  function content() {
    if (policy.data === undefined && policy.error !== null)
      return <FailurePanel failure={policy.error} onRetry={() => void policy.refetch()} />;
    if (policy.data === undefined) return <Waiting rows={2} />;
    return <PolicyForm projectId={project.id} policy={policy.data} refusal={refusal} />;
  }
}
