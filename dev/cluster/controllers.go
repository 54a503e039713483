package main

import (
	"os"
	"strings"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// The API server and the controller manager each configure the logging of their process, which is
// allowed only once: the latter runs as a child, by way of this hidden subcommand of our own binary.
const controllersSubcommand = "kube-controller-manager"

// Without these a cluster answers in ways no real one does: aggregated roles stay empty, deleted
// namespaces stay for ever, dependants outlive their owners, namespaces lack their default account
// and token Secrets their token.
var controllers = []string{
	"clusterrole-aggregation-controller",
	"garbage-collector-controller",
	"namespace-controller",
	"serviceaccount-controller",
	"serviceaccount-token-controller",
}

// runControllers is the child's whole life.
func runControllers(arguments []string) int {
	command := app.NewControllerManagerCommand()
	command.SetArgs(arguments)
	return cli.Run(command)
}

// startControllers runs our own controller manager, or the program given.
func startControllers(dir *stateDir, program string, config kubeconfig) (part, error) {
	path := dir.key("kube-controller-manager.kubeconfig")
	if err := writeFile(path, config.text(), 0o600); err != nil {
		return part{}, err
	}
	arguments := controllerArguments(dir, path)
	if program == "" {
		own, err := os.Executable()
		if err != nil {
			return part{}, err
		}
		program, arguments = own, append([]string{controllersSubcommand}, arguments...)
	}
	return startProcess("kube-controller-manager", program, arguments, dir.file(managerLogFile))
}

func controllerArguments(dir *stateDir, kubeconfigPath string) []string {
	return []string{
		"--kubeconfig=" + kubeconfigPath,
		"--controllers=" + strings.Join(controllers, ","),
		// There is only one, and an election costs seconds at the start.
		"--leader-elect=false",
		// Nobody asks it for metrics, and a port less is a port that cannot clash.
		"--secure-port=0",
		"--service-account-private-key-file=" + dir.key(signingKeyFile),
		"--root-ca-file=" + dir.file(authorityFile),
	}
}
