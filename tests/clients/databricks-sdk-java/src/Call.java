import com.databricks.sdk.core.ApiClient;
import com.databricks.sdk.core.DatabricksConfig;
import com.databricks.sdk.core.DatabricksEnvironment;
import com.databricks.sdk.core.DatabricksException;
import com.databricks.sdk.core.http.Request;
import com.databricks.sdk.core.oauth.Token;
import com.databricks.sdk.service.iam.User;
import java.io.IOException;

/**
 * Asks a workspace who is there, by a sign-in of the official SDK for Java: Call AUTH_TYPE [KEY=VALUE...], with the SDK's
 * names of its settings: host, profile, ...
 *
 * <p>Prints a line: "ok", who that is, when the token ends (seconds since 1970, UTC) and the token that was sent; or
 * "skipped" where the SDK takes the error for "nothing is set up", or "refused", and the message.
 */
public final class Call {
    private Call() {}

    public static void main(String[] args) throws IOException {
        DatabricksConfig config = new DatabricksConfig().setAuthType(args[0]).setHttpTimeoutSeconds(20);
        for (int i = 1; i < args.length; i++) {
            String[] pair = args[i].split("=", 2);
            set(config, pair[0], pair[1]);
        }
        try {
            // (The method for it has another signature in every few versions.)
            User user = new ApiClient(config).execute(new Request("GET", "/api/2.0/preview/scim/v2/Me"), User.class);
            Token token = config.getTokenSource().getToken();
            long end = token.getExpiry().getEpochSecond();
            System.out.println("ok " + user.getUserName() + " " + end + " " + token.getAccessToken());
        } catch (DatabricksException error) {
            boolean skipped = error.getMessage().contains("cannot configure default credentials");
            System.out.println((skipped ? "skipped " : "refused ") + error.getMessage());
        }
        // Its threads would keep the program alive.
        System.exit(0);
    }

    private static void set(DatabricksConfig config, String key, String value) {
        switch (key) {
            case "host" -> config.setHost(value);
            case "profile" -> config.setProfile(value);
            case "account_id" -> config.setAccountId(value);
            case "workspace_id" -> config.setWorkspaceId(value);
            case "azure_workspace_resource_id" -> config.setAzureWorkspaceResourceId(value)
                // Otherwise the name of the host says it, and an emulator has no such name.
                .setDatabricksEnvironment(DatabricksEnvironment.getEnvironmentFromHostname("x.azuredatabricks.net"));
            default -> throw new IllegalArgumentException(key);
        }
    }
}
