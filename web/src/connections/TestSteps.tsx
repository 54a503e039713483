import { useTranslation } from 'react-i18next';
import { StatusPill } from '../ui/StatusPill.tsx';
import classes from './TestSteps.module.css';
import type { Step } from './test-steps.ts';

const TONES = { passed: 'good', failed: 'bad', notRun: 'plain' } as const;

/** What was looked at, one after the other. */
export function TestSteps({ steps }: { steps: Step[] }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps} aria-label={t('clusters.steps')}>
      {steps.map(({ name, state, milliseconds }) => (
        <li key={name}>
          <StatusPill tone={TONES[state]} label={t(`clusters.step.${name}`)} />
          <span className={classes.state}>
            {milliseconds === null
              ? t(`clusters.stepState.${state}`)
              : t('clusters.stepTime', { milliseconds })}
          </span>
        </li>
      ))}
    </ol>
  );
}
