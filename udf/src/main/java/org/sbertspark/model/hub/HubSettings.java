package org.sbertspark.model.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which hub, where its cache is, and who asks.
 *
 * @param endpoint the hub's address, without a slash at its end
 * @param cache the folder with the {@code models--*} folders; made when it is needed
 * @param token empty for none; never part of a message
 * @param offline whether only the cache may be used
 * @param allowHttp whether other machines may be asked without encryption
 */
public record HubSettings(
    URI endpoint, Path cache, String token, boolean offline, boolean allowHttp) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Pattern TOKEN = Pattern.compile("[!-~]*");

  public HubSettings {
    cache = cache.toAbsolutePath().normalize();
    if (!isEndpoint(endpoint)) {
      // The address is not repeated here: it may hold a password.
      throw new IllegalArgumentException(
          "HF_ENDPOINT is not the address of a hub: expected one like %s, without user and query"
              .formatted(DEFAULT_ENDPOINT));
    }
    if (!TOKEN.matcher(token).matches()) {
      throw new IllegalArgumentException(
          "HF_TOKEN (or the token file in HF_HOME) is not a token: expected one word of ASCII characters");
    }
  }

  /**
   * What the environment says, in the variables of Python's {@code huggingface_hub}: {@code
   * HF_ENDPOINT}, {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_TOKEN} (else the file {@code
   * token} in {@code HF_HOME}), {@code HF_HUB_OFFLINE}. Unencrypted hubs are not allowed.
   *
   * @throws IllegalArgumentException if a value cannot be used
   */
  public static HubSettings fromEnvironment() {
    return from(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /** As {@link #fromEnvironment()}, of another environment. */
  public static HubSettings from(Map<String, String> environment, Path userHome) {
    Path cacheHome = path(environment, "XDG_CACHE_HOME", userHome, userHome.resolve(".cache"));
    Path home = path(environment, "HF_HOME", userHome, cacheHome.resolve("huggingface"));
    Path legacyCache = path(environment, "HUGGINGFACE_HUB_CACHE", userHome, home.resolve("hub"));
    String offline =
        value(environment, "HF_HUB_OFFLINE", value(environment, "TRANSFORMERS_OFFLINE", "0"));
    return new HubSettings(
        endpoint(value(environment, "HF_ENDPOINT", DEFAULT_ENDPOINT)),
        path(environment, "HF_HUB_CACHE", userHome, legacyCache),
        token(environment, path(environment, "HF_TOKEN_PATH", userHome, home.resolve("token"))),
        TRUE.contains(offline.toUpperCase(Locale.ROOT)),
        false);
  }

  /** The same, with hubs on other machines allowed without encryption. */
  public HubSettings allowingHttp() {
    return new HubSettings(endpoint, cache, token, offline, true);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HubSettings[endpoint=%s, cache=%s, token=%s, offline=%s, allowHttp=%s]"
        .formatted(endpoint, cache, token.isEmpty() ? "none" : "set", offline, allowHttp);
  }

  private static URI endpoint(String text) {
    try {
      return new URI(text.replaceAll("/+$", ""));
    } catch (URISyntaxException e) {
      return URI.create("");
    }
  }

  private static boolean isEndpoint(URI uri) {
    return ("https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme()))
        && uri.getHost() != null
        && uri.getRawUserInfo() == null
        && uri.getRawQuery() == null
        && uri.getRawFragment() == null;
  }

  private static String token(Map<String, String> environment, Path file) {
    String token =
        value(environment, "HF_TOKEN", value(environment, "HUGGING_FACE_HUB_TOKEN", "")).strip();
    if (!token.isEmpty()) {
      return token;
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      // No file, or another user's: most models need no token.
      return "";
    }
  }

  private static Path path(
      Map<String, String> environment, String variable, Path userHome, Path otherwise) {
    String text = value(environment, variable, "");
    if (text.isEmpty()) {
      return otherwise;
    }
    if (text.equals("~")) {
      return userHome;
    }
    return text.startsWith("~/") ? userHome.resolve(text.substring(2)) : Path.of(text);
  }

  private static String value(Map<String, String> environment, String variable, String otherwise) {
    String value = environment.get(variable);
    return value == null || value.isBlank() ? otherwise : value;
  }
}
