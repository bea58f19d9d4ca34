//go:build tools

// Keeps the module of the binary that is built in this folder.
package tools

import _ "go.etcd.io/etcd/server/v3"
