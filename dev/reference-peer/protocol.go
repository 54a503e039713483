package main

import "time"

// Names and limits of the wire, as the document has them.
const (
	tunnelPath           = "/api/v1/gateway-tunnels"
	enrolmentPath        = "/api/v1/gateway-enrolments"
	tunnelSubprotocol    = "tunnel.v1.mayfly.dev"
	enrolmentSubprotocol = "enrolment.v1.mayfly.dev"
	tunnelALPN           = "mayfly-tunnel/1"
	enrolmentALPN        = "mayfly-enrolment/1"
	serverName           = "server.gateways.mayfly.internal"

	controlPath    = "/v1/control"
	operationsPath = "/v1/operations/"

	operationHeader = "mayfly-operation"
	attemptHeader   = "mayfly-attempt"
	deadlineHeader  = "mayfly-deadline-ms"
	leaseHeader     = "mayfly-lease"

	largestMessage   = 65_536
	largestRecord    = 65_536
	largestRequest   = 262_144
	largestAnswer    = 1_048_576
	largestHeaders   = 16 << 10
	mostStreams      = 256
	streamWindow     = 256 << 10
	connectionWindow = 32 << 20

	legLimit  = 10 * time.Second
	pingEvery = 10 * time.Second
	goneAfter = 20 * time.Second

	gatewayCertificateLife = 24 * time.Hour
	serverCertificateLife  = 48 * time.Hour
	backdated              = 5 * time.Minute
)
