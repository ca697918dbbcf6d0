// databricks-sdk-go: asks a workspace who is there, by a sign-in of the official SDK for Go.
//
// usage: databricks-sdk-go [for SECONDS] AUTH_TYPE [KEY=VALUE...], with the SDK's names of its settings: host, profile, ...
//
// Prints a line for each call, which is one, or as many as fit in these seconds: "ok", who that is, when the token ends
// (seconds since 1970, UTC) and the token that was sent; or "skipped" where the SDK takes the error for "nothing is set up",
// or "refused", and the message, and ends.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/common/environment"
	"github.com/databricks/databricks-sdk-go/config"
)

func main() {
	args, end := os.Args[1:], time.Now()
	if args[0] == "for" {
		seconds, err := strconv.Atoi(args[1])
		if err != nil {
			panic(err)
		}
		args, end = args[2:], end.Add(time.Duration(seconds)*time.Second)
	}
	err := run(context.Background(), end, args[0], args[1:])
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "cannot configure default credentials"):
		fmt.Println("skipped", err)
	default:
		fmt.Println("refused", err)
	}
}

func run(ctx context.Context, end time.Time, authType string, pairs []string) error {
	settings := config.Config{AuthType: authType, HTTPTimeoutSeconds: 20, RetryTimeoutSeconds: 20}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		if err := set(&settings, key, value); err != nil {
			return err
		}
	}
	if settings.AzureResourceID != "" {
		// Otherwise the name of the host says it, and an emulator has no such name.
		settings.DatabricksEnvironment = azure()
	}
	api, err := client.New(&settings)
	if err != nil {
		return err
	}
	for {
		who, err := me(ctx, api)
		if err != nil {
			return err
		}
		token, err := settings.GetToken()
		if err != nil {
			return err
		}
		fmt.Println("ok", who, token.Expiry.Unix(), token.AccessToken)
		if time.Now().After(end) {
			return nil
		}
	}
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
