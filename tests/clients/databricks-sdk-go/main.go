// databricks-sdk-go: asks a workspace who is there, by a sign-in of the official SDK for Go.
//
// usage: databricks-sdk-go AUTH_TYPE [KEY=VALUE...], with the SDK's names of its settings: host, profile, ...
//
// Prints a line: "ok", who that is, when the token ends (seconds since 1970, UTC) and the token that was sent; or "skipped"
// where the SDK takes the error for "nothing is set up", or "refused", and the message.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/common/environment"
	"github.com/databricks/databricks-sdk-go/config"
)

func main() {
	line, err := run(context.Background(), os.Args[1], os.Args[2:])
	switch {
	case err == nil:
		fmt.Println(line)
	case strings.Contains(err.Error(), "cannot configure default credentials"):
		fmt.Println("skipped", err)
	default:
		fmt.Println("refused", err)
	}
}

func run(ctx context.Context, authType string, pairs []string) (string, error) {
	settings := config.Config{AuthType: authType, HTTPTimeoutSeconds: 20, RetryTimeoutSeconds: 20}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		if err := set(&settings, key, value); err != nil {
			return "", err
		}
	}
	if settings.AzureResourceID != "" {
		// Otherwise the name of the host says it, and an emulator has no such name.
		settings.DatabricksEnvironment = azure()
	}
	api, err := client.New(&settings)
	if err != nil {
		return "", err
	}
	who, err := me(ctx, api)
	if err != nil {
		return "", err
	}
	token, err := settings.GetToken()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ok %s %d %s", who, token.Expiry.Unix(), token.AccessToken), nil
}

func set(settings *config.Config, key, value string) error {
	for _, attribute := range config.ConfigAttributes {
		if attribute.Name == key {
			return attribute.SetS(settings, value)
		}
	}
	return fmt.Errorf("there is no setting %q", key)
}

func azure() *environment.DatabricksEnvironment {
	for _, known := range environment.AllEnvironments() {
		if known.DnsZone == ".azuredatabricks.net" {
			return &known
		}
	}
	return nil
}
