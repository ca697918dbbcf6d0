// azidentity: a token through one of its credentials, as often as asked.
//
// Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message; "ended"
// for a token that is over.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: azure-identity-go az|azd|managed-identity|default SCOPE [TIMES|renewed]")
	}
	times, different := 1, 1
	if len(args) > 2 && args[2] == "renewed" {
		different = 3
	} else if len(args) > 2 {
		var err error
		if times, err = strconv.Atoi(args[2]); err != nil {
			return err
		}
	}
	credential, err := credentialOf(args[0])
	if err != nil {
		return err
	}
	tokens := map[string]bool{}
	for i := 0; i < times || len(tokens) < different; i++ {
		token, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{args[1]}})
		var refused *azidentity.AuthenticationFailedError
		switch {
		case err == nil && time.Now().Before(token.ExpiresOn):
			tokens[token.Token] = true
			fmt.Println(token.ExpiresOn.Unix(), token.Token)
		case err == nil:
			tokens[token.Token] = true
			fmt.Println("ended", token.Token)
		case errors.As(err, &refused):
			fmt.Println("refused", err)
			return nil
		default:
			// The class of unavailable credentials is not exported.
			fmt.Println("unavailable", err)
			return nil
		}
	}
	return nil
}

func credentialOf(name string) (azcore.TokenCredential, error) {
	switch name {
	case "az":
		return azidentity.NewAzureCLICredential(nil)
	case "azd":
		return azidentity.NewAzureDeveloperCLICredential(nil)
	case "managed-identity":
		return azidentity.NewManagedIdentityCredential(nil)
	case "default":
		// Which one it takes is said by AZURE_TOKEN_CREDENTIALS.
		return azidentity.NewDefaultAzureCredential(nil)
	}
	return nil, fmt.Errorf("there is no credential %q", name)
}
