import com.databricks.sdk.core.ApiClient;
import com.databricks.sdk.core.DatabricksConfig;
import com.databricks.sdk.core.DatabricksEnvironment;
import com.databricks.sdk.core.DatabricksException;
import com.databricks.sdk.core.http.Request;
import com.databricks.sdk.core.oauth.Token;
import com.databricks.sdk.service.iam.User;
import java.io.IOException;
import java.time.Instant;

/**
 * Asks a workspace who is there, by a sign-in of the official SDK for Java: Call [for SECONDS] AUTH_TYPE [KEY=VALUE...],
 * with the SDK's names of its settings: host, profile, ...
 *
 * <p>Prints a line for each call, which is one, or as many as fit in these seconds: "ok", who that is, when the token ends
 * (seconds since 1970, UTC) and the token that was sent; or "skipped" where the SDK takes the error for "nothing is set up",
 * or "refused", and the message, and ends.
 */
public final class Call {
    private Call() {}

    public static void main(String[] args) throws IOException {
        boolean isLong = args[0].equals("for");
        int first = isLong ? 2 : 0;
        Instant end = Instant.now().plusSeconds(isLong ? Long.parseLong(args[1]) : 0);
        DatabricksConfig config = new DatabricksConfig().setAuthType(args[first]).setHttpTimeoutSeconds(20);
        for (int i = first + 1; i < args.length; i++) {
            String[] pair = args[i].split("=", 2);
            set(config, pair[0], pair[1]);
        }
        try {
            ApiClient client = new ApiClient(config);
            do {
                // (The method for it has another signature in every few versions.)
                User user = client.execute(new Request("GET", "/api/2.0/preview/scim/v2/Me"), User.class);
                System.out.println("ok " + user.getUserName() + " " + token(config));
            } while (Instant.now().isBefore(end));
        } catch (DatabricksException error) {
            boolean skipped = error.getMessage().contains("cannot configure default credentials");
            System.out.println((skipped ? "skipped " : "refused ") + error.getMessage());
        }
        // Its threads would keep the program alive.
        System.exit(0);
    }

    private static String token(DatabricksConfig config) {
        if (config.getAuthType().equals("pat")) {
            // The SDK knows no end of it.
            return "0 " + config.authenticate().get("Authorization").replace("Bearer ", "");
        }
        Token token = config.getTokenSource().getToken();
        return token.getExpiry().getEpochSecond() + " " + token.getAccessToken();
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
