import { shellQuote } from '../as-code/shell-quote.ts';
import { policyFile, type Rules } from './rules.ts';

/** How it reaches its cluster from outside of it. */
export interface OwnCluster {
  url: string;
  /** Files on that machine. */
  ca: string;
  token: string;
}

const FOLDER = 'mayfly-gateway';

/** Makes the files that a gateway on a machine needs in a folder that only its user reads, and runs it. */
export function machineCommand(enrolmentText: string, rules: Rules, cluster: OwnCluster): string {
  return [
    `mkdir -p ${FOLDER} && chmod 700 ${FOLDER}`,
    `cat > ${FOLDER}/enrolment <<'END'`,
    enrolmentText,
    'END',
    `cat > ${FOLDER}/policy.yaml <<'END'`,
    policyFile(rules),
    'END',
    `mayfly-gateway run --state ${FOLDER}/state \\`,
    `  --enrolment-file ${FOLDER}/enrolment --policy ${FOLDER}/policy.yaml \\`,
    `  --cluster-url ${shellQuote(cluster.url)} \\`,
    `  --cluster-ca ${shellQuote(cluster.ca)} --cluster-token ${shellQuote(cluster.token)}`,
  ].join('\n');
}

/** What the chart and `mayfly-gateway manifest` are given for a gateway whose pods prove themselves by their account. */
export function chartValues(gatewayId: string, enrolmentText: string, rules: Rules): string {
  return [
    'gateway:',
    `  id: ${gatewayId}`,
    'enrolment:',
    `  text: ${enrolmentText}`,
    'policy:',
    ...policyFile(rules)
      .split('\n')
      .map(line => `  ${line}`),
  ].join('\n');
}

/** The account that pods of a gateway run as: its name is that of what is installed. */
interface Account {
  namespace: string;
  name: string;
}

const VALUES = 'values.yaml';

/** Installs it from those values, which stand in a file beside. */
export function helmCommand({ namespace, name }: Account): string {
  return [
    `helm install ${shellQuote(name)} charts/mayfly-gateway \\`,
    `  --namespace ${shellQuote(namespace)} --create-namespace --values ${VALUES}`,
  ].join('\n');
}

/** The same without Helm. */
export function manifestCommand({ namespace, name }: Account): string {
  return [
    `mayfly-gateway manifest --name ${shellQuote(name)} \\`,
    `  --namespace ${shellQuote(namespace)} --create-namespace --values ${VALUES} \\`,
    '  | kubectl apply -f -',
  ].join('\n');
}

/** What in a command is secret, as it stands on the screen once it was copied. */
export function masked(command: string, secret: string): string {
  return command.replaceAll(secret, `${secret.slice(0, 'mayfly_enrol_'.length)}••••••••`);
}
