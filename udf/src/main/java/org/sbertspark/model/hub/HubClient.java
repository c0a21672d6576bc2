package org.sbertspark.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sbertspark.model.Json;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.HubHttp.Answer;

/**
 * The three questions to a hub about one model: which files it has, what a file is, and a file's
 * bytes. Answers that the user can mend are {@link ModelException}s, those that may pass are {@link
 * TransientFailure}s.
 */
final class HubClient {
  /** A listing is a few hundred bytes a file. */
  private static final int LARGEST_LISTING = 32 << 20;

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-.*", Pattern.CASE_INSENSITIVE);
  private static final String UNRESERVED = "-._~";

  private final HubId id;
  private final HubHttp http;
  private final Clock clock;

  HubClient(HubId id, HubHttp http, Clock clock) {
    this.id = id;
    this.http = http;
    this.clock = clock;
  }

  /**
   * A revision of the model.
   *
   * @param commit what the revision means now
   * @param names of its files; unsafe ones are left out, nothing needs them
   */
  record Listing(String commit, NavigableSet<String> names) {}

  /**
   * A file of the model.
   *
   * @param sizeBytes empty if the hub does not say
   */
  record RemoteFile(String commit, String name, Checksum checksum, OptionalLong sizeBytes) {}

  /**
   * The bytes of a file.
   *
   * @param fromByte where they begin: at the offset asked for, or at 0 if the server cannot do
   *     that; negative if it answers with something else, and the download has to start over
   */
  record Content(Answer answer, long fromByte) implements AutoCloseable {
    /** The machine that sends them. */
    String host() {
      return answer.uri().getHost();
    }

    @Override
    public void close() {
      answer.close();
    }
  }

  String host() {
    return http.hubHost();
  }

  HubId id() {
    return id;
  }

  Listing list() throws TransientFailure {
    String path = "/api/models/%s/revision/%s".formatted(id.repo(), encode(id.revision(), ""));
    try (Answer answer = http.send("GET", path, Map.of(), a -> false)) {
      requireSuccess(
          answer,
          "There is no model %s at revision %s on %s"
              .formatted(id.repo(), id.revision(), http.hubHost()),
          "there is no such model, or ");
      JsonNode listing = json(readAll(answer));
      String commit = listing.path("sha").asText();
      if (!HubId.isCommit(commit) || (id.isCommit() && !commit.equals(id.revision()))) {
        throw notAHub("it gives no commit for the revision");
      }
      NavigableSet<String> names = new TreeSet<>();
      for (JsonNode file : listing.path("siblings")) {
        String name = file.path("rfilename").asText();
        if (RepoPath.isSafe(name)) {
          names.add(name);
        }
      }
      return new Listing(commit, names);
    }
  }

  /**
   * What a file is. Of a large file the hub itself answers with a redirect that names the content;
   * the storage behind it would know only its own tag.
   */
  RemoteFile describe(String commit, String name) throws TransientFailure {
    try (Answer answer = http.send("HEAD", path(commit, name), Map.of(), HubClient::namesContent)) {
      if (answer.status() >= 400) {
        requireSuccess(answer, noFile(name), "");
      }
      HttpHeaders headers = answer.headers();
      String answered = headers.firstValue("X-Repo-Commit").orElse(commit);
      if (!answered.equals(commit)) {
        throw notAHub("asked for commit %s it gives another".formatted(commit));
      }
      Checksum checksum =
          headers
              .firstValue("X-Linked-Etag")
              .or(() -> headers.firstValue("ETag"))
              .flatMap(Checksum::ofEtag)
              .orElseThrow(() -> notAHub("it gives no checksum of " + name));
      return new RemoteFile(commit, name, checksum, size(answer));
    }
  }

  /**
   * Starts a download at an offset.
   *
   * @throws TransientFailure also if a storage host refuses: the next redirect has a new signature
   */
  Content open(RemoteFile file, long fromByte) throws TransientFailure {
    Map<String, String> range =
        fromByte == 0 ? Map.of() : Map.of("Range", "bytes=" + fromByte + "-");
    Answer answer = http.send("GET", path(file.commit(), file.name()), range, a -> false);
    try {
      if (answer.status() == 416) {
        return new Content(answer, -1);
      }
      requireSuccess(answer, noFile(file.name()), "");
      return new Content(answer, answer.status() == 206 ? start(answer) : 0);
    } catch (TransientFailure | RuntimeException e) {
      answer.close();
      throw e;
    }
  }

  /** The next bytes of a download, empty at its end. */
  Optional<List<ByteBuffer>> next(Answer answer) throws IOException {
    try {
      return answer.body().next(http.timeouts().body());
    } catch (InterruptedException e) {
      throw HubHttp.interrupted(answer.uri().getHost(), e);
    }
  }

  private String noFile(String name) {
    return "Model %s on %s has no file %s, though its list says so"
        .formatted(id, http.hubHost(), name);
  }

  /**
   * Tells the ends of a request apart.
   *
   * @param notFound the message for 404
   * @param orElse what a refusal can mean besides: a stranger is not told what exists
   */
  private void requireSuccess(Answer answer, String notFound, String orElse)
      throws TransientFailure {
    int status = answer.status();
    String host = answer.uri().getHost();
    if (status == 200 || status == 206) {
      return;
    }
    if (status == 408 || status == 429 || status >= 500 || (status >= 400 && !answer.fromHub())) {
      throw TransientFailure.refused(
          status == 429 ? host + " gets too many requests (429)" : host + " answers " + status,
          RetryAfter.of(answer.headers(), clock));
    }
    switch (status) {
      case 401, 403 -> throw refused(status, orElse);
      case 404 -> throw new ModelException(notFound);
      default ->
          throw new ModelException(
              "Cannot fetch model %s: %s answers %d".formatted(id, host, status));
    }
  }

  private ModelException refused(int status, String orElse) {
    return new ModelException(
        http.hasToken()
            ? "Cannot fetch model %s from %s (%d): %sit is gated or private, or HF_TOKEN is not valid: check the name and the token, and ask for access on the model's page"
                .formatted(id, http.hubHost(), status, orElse)
            : "Cannot fetch model %s from %s (%d): %sit is gated or private: check the name, and set HF_TOKEN"
                .formatted(id, http.hubHost(), status, orElse));
  }

  private ModelException notAHub(String why) {
    return new ModelException(
        "Cannot fetch model %s: %s does not answer like a hub, %s: check HF_ENDPOINT"
            .formatted(id, http.hubHost(), why));
  }

  private byte[] readAll(Answer answer) throws TransientFailure {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      for (var next = next(answer); next.isPresent(); next = next(answer)) {
        for (ByteBuffer piece : next.get()) {
          byte[] array = new byte[piece.remaining()];
          piece.get(array);
          bytes.writeBytes(array);
        }
        if (bytes.size() > LARGEST_LISTING) {
          throw notAHub("its list of files has more than %d bytes".formatted(LARGEST_LISTING));
        }
      }
    } catch (IOException e) {
      throw TransientFailure.of(
          "the answer of %s breaks off: %s".formatted(http.hubHost(), HubHttp.reason(e)), e);
    }
    return bytes.toByteArray();
  }

  private JsonNode json(byte[] listing) {
    try {
      return Json.parse(listing, "the list of files");
    } catch (ModelException e) {
      throw notAHub("it gives no list of files");
    }
  }

  private static boolean namesContent(Answer redirect) {
    HttpHeaders headers = redirect.headers();
    return headers.firstValue("X-Linked-Etag").isPresent()
        || (redirect.leavesHub() && headers.firstValue("ETag").isPresent());
  }

  private static OptionalLong size(Answer answer) {
    HttpHeaders headers = answer.headers();
    try {
      OptionalLong linked = headers.firstValueAsLong("X-Linked-Size");
      // The length of a redirect is that of its own text.
      OptionalLong size =
          linked.isPresent() || answer.status() != 200
              ? linked
              : headers.firstValueAsLong("Content-Length");
      return size.isPresent() && size.getAsLong() < 0 ? OptionalLong.empty() : size;
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static long start(Answer partial) {
    Matcher range =
        CONTENT_RANGE.matcher(partial.headers().firstValue("Content-Range").orElse("").strip());
    return range.matches() ? Long.parseLong(range.group(1)) : -1;
  }

  private String path(String commit, String name) {
    return "/%s/resolve/%s/%s".formatted(id.repo(), commit, encode(name, "/"));
  }

  /** Percent-encoding of UTF-8. */
  private static String encode(String text, String alsoAllowed) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || UNRESERVED.indexOf(c) >= 0
              || alsoAllowed.indexOf(c) >= 0;
      encoded.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
    }
    return encoded.toString();
  }
}
