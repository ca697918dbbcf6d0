//go:build before_0_175

package main

import (
	"context"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/iam"
)

func me(ctx context.Context, api *client.DatabricksClient) (string, error) {
	user, err := iam.NewCurrentUser(api).Me(ctx)
	if err != nil {
		return "", err
	}
	return user.UserName, nil
}
