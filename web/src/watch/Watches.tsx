import { useIsOn } from './choice.ts';
import { EndingWatch } from './EndingWatch.tsx';
import { FailingWatch } from './FailingWatch.tsx';
import { SessionWatch } from './SessionWatch.tsx';

/** What keeps an eye on things while somebody is somewhere else in the dashboard. */
export function Watches() {
  const isEndingOn = useIsOn('ending');
  const isFailingOn = useIsOn('failing');
  return (
    <>
      <SessionWatch />
      {isEndingOn && <EndingWatch />}
      {isFailingOn && <FailingWatch />}
    </>
  );
}
