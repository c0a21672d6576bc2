package org.sbertspark.model.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.sbertspark.model.ModelException;

/**
 * Requests to a hub. Redirects are followed here, not by the client, so that the token stays with
 * the hub and nothing falls back to an unencrypted connection. Messages name hosts, never whole
 * addresses: those of a storage service carry a signature. Thread-safe.
 */
final class HubHttp {
  private static final int MOST_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]", Pattern.CASE_INSENSITIVE);

  private final HubSettings settings;
  private final Timeouts timeouts;
  private final HttpClient http;

  HubHttp(HubSettings settings, Timeouts timeouts) {
    this.settings = settings;
    this.timeouts = timeouts;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeouts.connect())
            .build();
  }

  /**
   * How long to wait for a connection, for the headers of an answer, and for the next bytes of its
   * body.
   */
  record Timeouts(Duration connect, Duration headers, Duration body) {
    static final Timeouts DEFAULT =
        new Timeouts(Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofSeconds(60));
  }

  /**
   * What came back.
   *
   * @param uri that gave it, after all redirects
   * @param fromHub whether that is the hub itself, and so knows the user and the model
   * @param leavesHub whether it is a redirect from the hub to another origin
   */
  record Answer(HttpResponse<BodyReader> response, URI uri, boolean fromHub, boolean leavesHub)
      implements AutoCloseable {
    int status() {
      return response.statusCode();
    }

    HttpHeaders headers() {
      return response.headers();
    }

    BodyReader body() {
      return response.body();
    }

    @Override
    public void close() {
      response.body().close();
    }
  }

  /** The machine that is asked first, for messages. */
  String hubHost() {
    return settings.endpoint().getHost();
  }

  Timeouts timeouts() {
    return timeouts;
  }

  boolean hasToken() {
    return !settings.token().isEmpty();
  }

  /**
   * Asks, and follows redirects until an answer is none, or is one to stop at.
   *
   * @param path behind the endpoint, encoded, with its slash
   * @param headers to send on every hop
   * @throws TransientFailure if there was no answer
   * @throws ModelException if a redirect leads where this does not go
   */
  Answer send(String method, String path, Map<String, String> headers, Predicate<Answer> stopAt)
      throws TransientFailure {
    URI uri = URI.create(settings.endpoint() + path);
    boolean atHub = true;
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      requireAllowed(uri);
      HttpResponse<BodyReader> response = exchange(method, uri, headers, atHub);
      if (!REDIRECTS.contains(response.statusCode())) {
        return new Answer(response, uri, atHub, false);
      }
      URI target = target(uri, response);
      boolean staysAtHub = atHub && sameOrigin(target, settings.endpoint());
      Answer answer = new Answer(response, uri, atHub, atHub && !staysAtHub);
      if (stopAt.test(answer)) {
        return answer;
      }
      answer.close();
      uri = target;
      // Once away from the hub the token stays at home, even if the way leads back.
      atHub = staysAtHub;
    }
    throw new ModelException(
        "%s answers with more than %d redirects in a row: check HF_ENDPOINT"
            .formatted(hubHost(), MOST_REDIRECTS));
  }

  private HttpResponse<BodyReader> exchange(
      String method, URI uri, Map<String, String> headers, boolean atHub) throws TransientFailure {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(timeouts.headers())
            .header("User-Agent", "sbert-spark")
            // Sizes and ranges mean the file's own bytes.
            .header("Accept-Encoding", "identity");
    headers.forEach(request::header);
    if (atHub && hasToken()) {
      request.header("Authorization", "Bearer " + settings.token());
    }
    try {
      return http.send(request.build(), info -> new BodyReader());
    } catch (HttpTimeoutException e) {
      throw TransientFailure.of(uri.getHost() + " does not answer in time", e);
    } catch (IOException e) {
      throw TransientFailure.of("no connection to %s: %s".formatted(uri.getHost(), reason(e)), e);
    } catch (InterruptedException e) {
      throw interrupted(uri.getHost(), e);
    }
  }

  static ModelException interrupted(String host, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ModelException("Interrupted while waiting for " + host, e);
  }

  /** In words: the client wraps its failures, and the commonest have no message. */
  static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UnresolvedAddressException) {
      return "the name is unknown";
    }
    if (cause.getMessage() != null) {
      return cause.getMessage();
    }
    return failure instanceof ConnectException ? "refused" : cause.getClass().getSimpleName();
  }

  private static URI target(URI from, HttpResponse<?> response) {
    String location = response.headers().firstValue("Location").orElse("");
    try {
      if (!location.isEmpty()) {
        return from.resolve(location);
      }
    } catch (IllegalArgumentException e) {
      // Told below, without the location.
    }
    throw new ModelException(
        "%s answers with a redirect (%d) to no valid address"
            .formatted(from.getHost(), response.statusCode()));
  }

  private void requireAllowed(URI uri) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    String host = uri.getHost();
    if (host == null || uri.getRawUserInfo() != null) {
      throw new ModelException(hubHost() + " redirects to no valid address");
    }
    boolean http =
        scheme.equals("http") && (settings.allowHttp() || LOOPBACK.matcher(host).matches());
    if (!scheme.equals("https") && !http) {
      throw new ModelException(
          "Refused to ask %s over %s: expected https; --allow-http allows http"
              .formatted(host, scheme));
    }
  }

  private static boolean sameOrigin(URI a, URI b) {
    return a.getScheme() != null
        && a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost() != null
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }
}
