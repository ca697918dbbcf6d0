import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.AzureCliCredentialBuilder;
import com.azure.identity.AzureDeveloperCliCredentialBuilder;
import com.azure.identity.CredentialUnavailableException;
import com.azure.identity.DefaultAzureCredentialBuilder;

/**
 * Gets a token through a credential of azure-identity, as often as asked: GetToken CREDENTIAL SCOPE [TIMES].
 *
 * <p>Prints the end of the token (seconds since 1970, UTC) and the token, or the class of the error and its message.
 */
public final class GetToken {
    private GetToken() {}

    public static void main(String[] args) {
        TokenCredential credential = switch (args[0]) {
            case "az" -> new AzureCliCredentialBuilder().build();
            case "azd" -> new AzureDeveloperCliCredentialBuilder().build();
            // Which one it takes is said by AZURE_TOKEN_CREDENTIALS.
            case "default" -> new DefaultAzureCredentialBuilder().build();
            default -> throw new IllegalArgumentException(args[0]);
        };
        int times = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        TokenRequestContext request = new TokenRequestContext().addScopes(args[1]);
        try {
            for (int i = 0; i < times; i++) {
                AccessToken token = credential.getTokenSync(request);
                System.out.println(token.getExpiresAt().toEpochSecond() + " " + token.getToken());
            }
        } catch (CredentialUnavailableException error) {
            System.out.println("unavailable " + error.getMessage());
        } catch (RuntimeException error) {
            System.out.println("refused " + error.getMessage());
        }
        // Its threads would keep the program alive.
        System.exit(0);
    }
}
