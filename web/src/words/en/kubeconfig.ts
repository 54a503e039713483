export const kubeconfig = {
  label: 'From a kubeconfig',
  help: 'Paste or drop one here: it fills Cluster URL, CA and Cluster Token. It is read in this browser and goes nowhere else.',
  choose: 'Choose a file',
  context: 'Context',
  filled: 'Cluster URL, CA and Cluster Token were filled in from the context {{name}}.',
  filledButToken: 'Cluster URL and CA were filled in from the context {{name}}, but no token:',
  noToken: {
    exec: 'its user asks a program for tokens ({{about}}), and the file has none.',
    certificate: 'its user shows a client certificate, which Mayfly does not take.',
    password: 'its user has a name and a password, which Mayfly does not take.',
    provider: 'its user asks a provider for tokens ({{about}}), and the file has none.',
    file: 'its token is in a file on your machine: {{about}}.',
    none: 'it has no user with one.',
  },
  makeToken: 'Make a service account for Mayfly and enter its token, such as the one that this prints:',
  ignored: {
    caFile: 'Its CA is in a file on your machine: paste that into CA.',
    unverified:
      'It leaves the API server unverified. Mayfly verifies it: enter its CA unless a public one vouches for it.',
    serverName: 'It expects another server name in the certificate (tls-server-name), which Mayfly cannot.',
    proxy: 'It goes through a proxy (proxy-url), which Mayfly does not.',
  },
  unreadable: {
    tooLong: 'That is too long for a kubeconfig. Nothing was filled in.',
    syntax: 'That is no YAML. Paste the file whole; nothing was filled in.',
    noContext:
      'That has no context with a cluster and its address. Paste the file whole; nothing was filled in.',
  },
} as const;
