// The AWS SDK for Go: as many signed calls as its argument says, with the credentials that the SDK finds by itself.
//
// usage: aws-sdk-go TIMES, or aws-sdk-go renewed for as many as it takes until a third access key has signed
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: aws-sdk-go TIMES|renewed")
	}
	times, keys := 1, 3
	if args[0] != "renewed" {
		var err error
		if times, err = strconv.Atoi(args[0]); err != nil {
			return err
		}
		keys = 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	// Tried once: a call that fails is an error.
	client := sts.NewFromConfig(settings, func(options *sts.Options) { options.RetryMaxAttempts = 1 })
	seen := map[string]bool{}
	for i := 0; i < times || len(seen) < keys; i++ {
		identity, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return err
		}
		fmt.Println(*identity.Arn)
		used, err := settings.Credentials.Retrieve(ctx)
		if err != nil {
			return err
		}
		seen[used.AccessKeyID] = true
	}
	return nil
}
