package main

import (
	"encoding/base64"
	"fmt"
)

// kubeconfig is a file that lets its holder in with a client certificate.
type kubeconfig struct {
	name      string // of cluster, user and context alike
	server    string
	authority []byte
	client    keyPair
}

// text needs no escaping: the name is checked when the command line is read, and the server's address
// is one we made.
func (config kubeconfig) text() []byte {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[1]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
contexts:
- name: %[1]s
  context:
    cluster: %[1]s
    user: %[1]s
current-context: %[1]s
`, config.name, config.server, encode(config.authority), encode(config.client.certificate), encode(config.client.key))
}
