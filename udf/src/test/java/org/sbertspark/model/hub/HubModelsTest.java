package org.sbertspark.model.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.model.hub.FakeHub.COMMIT;
import static org.sbertspark.model.hub.FakeHub.list;
import static org.sbertspark.model.hub.FakeHub.resolve;
import static org.sbertspark.model.hub.FakeHub.status;
import static org.sbertspark.model.hub.FakeHub.stored;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.FakeHub.Seen;

/** Against a local server that behaves like the hub. */
class HubModelsTest {
  private static final byte[] WEIGHTS = new byte[3 << 20];
  private static final String SECRET = "hf_secretsecretsecret";

  static {
    new Random(17).nextBytes(WEIGHTS);
  }

  @TempDir Path cache;
  private final FakeHub hub = new FakeHub().sentenceTransformer(WEIGHTS);
  private HubFetch fetch;

  @BeforeEach
  void settings() {
    fetch = HubFetch.of(hub, cache);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void fetchesTheNeededFilesAndNoOthers() throws IOException {
    HubSnapshot snapshot = fetch.fetch();

    assertThat(snapshot.commit()).isEqualTo(COMMIT);
    assertThat(names(snapshot.folder()))
        .containsExactlyInAnyOrder(
            "config.json",
            "modules.json",
            "sentence_bert_config.json",
            "config_sentence_transformers.json",
            "tokenizer.json",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "model.safetensors");
    assertThat(snapshot.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(snapshot.folder().resolve("1_Pooling/config.json"))
        .hasContent("{\"word_embedding_dimension\": 8}");
  }

  @Test
  void fetchesTheEncodersWeightsLast() {
    fetch.fetch();
    List<Seen> seen = hub.seen();
    assertThat(seen.get(seen.size() - 1).path()).isEqualTo(stored("model.safetensors"));
  }

  @Test
  void tellsOfProgress() {
    fetch.fetch();
    int total = WEIGHTS.length;
    assertThat(fetch.progress)
        .contains(
            "model.safetensors 0/" + total, "model.safetensors %d/%d".formatted(total, total));
    assertThat(fetch.progress.stream().filter(p -> p.startsWith("model.safetensors")))
        .hasSizeBetween(3, 6);
  }

  @Test
  void asksOnlyWhatTheRevisionMeansWhenAllIsHere() {
    fetch.fetch();
    hub.forget();
    fetch.fetch();
    assertThat(hub.seen()).extracting(Seen::toString).containsExactly("hub GET " + list());
  }

  @Test
  void asksNothingForACommitThatIsHere() {
    HubId atCommit = HubId.parse("org/tiny@" + COMMIT);
    fetch.fetch(atCommit);
    hub.forget();
    assertThat(fetch.fetch(atCommit).commit()).isEqualTo(COMMIT);
    assertThat(hub.seen()).isEmpty();
  }

  @Test
  void encodesTheRevision() {
    fetch.fetch(HubId.parse("org/tiny@refs/pr/1"));
    assertThat(hub.seen().get(0).path()).isEqualTo("/api/models/org/tiny/revision/refs%2Fpr%2F1");
    assertThat(repo().resolve("refs/refs/pr/1")).hasContent(COMMIT);
  }

  @Test
  void refusesAnotherCommitThanAskedFor() {
    String other = "f".repeat(40);
    assertOneLine(() -> fetch.fetch(HubId.parse("org/tiny@" + other)))
        .hasMessageContaining("does not answer like a hub");
  }

  @Test
  void fetchesOnlyTheVocabularyThatIsRead() throws IOException {
    hub.small("sentencepiece.bpe.model", "pieces").small("merges.txt", "").small("vocab.txt", "a");
    assertThat(names(fetch.fetch().folder()))
        .contains("tokenizer.json")
        .doesNotContain("sentencepiece.bpe.model", "merges.txt", "vocab.txt");
  }

  @Test
  void fetchesAllFilesOfAnOlderTokenizer() throws IOException {
    hub.remove("tokenizer.json").small("vocab.json", "{}").small("merges.txt", "");
    hub.small("vocab.txt", "a");
    assertThat(names(fetch.fetch().folder()))
        .contains("vocab.json", "merges.txt")
        .doesNotContain("vocab.txt");
  }

  // Which weights

  @Test
  void fetchesThePartsOfShardedWeights() throws IOException {
    hub.remove("model.safetensors")
        .small(
            "model.safetensors.index.json",
            "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\","
                + "\"b\": \"model-00002-of-00002.safetensors\","
                + "\"c\": \"model-00001-of-00002.safetensors\"}}")
        .large("model-00001-of-00002.safetensors", new byte[] {1})
        .large("model-00002-of-00002.safetensors", new byte[] {2});

    assertThat(names(fetch.fetch().folder()))
        .contains(
            "model.safetensors.index.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors")
        .doesNotContain("pytorch_model.bin");
  }

  @Test
  void fetchesCheckpointsWhereThereAreNoSafetensors() throws IOException {
    hub.remove("model.safetensors").remove("2_Dense/model.safetensors");
    hub.large("2_Dense/pytorch_model.bin", new byte[] {9});
    assertThat(names(fetch.fetch().folder()))
        .contains("pytorch_model.bin", "2_Dense/pytorch_model.bin");
  }

  @Test
  void refusesAModelWithoutWeightsBeforeDownloadingTheRest() {
    hub.remove("model.safetensors").remove("pytorch_model.bin");
    assertOneLine(fetch::fetch)
        .hasMessage(
            "Cannot fetch model org/tiny@main: on 127.0.0.1 it has no weights (model.safetensors or pytorch_model.bin)");
    assertThat(hub.seen(resolve("tokenizer.json"))).isEmpty();
  }

  @Test
  void refusesAnIndexThatNamesAMissingPart() {
    hub.remove("model.safetensors")
        .small("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"gone.safetensors\"}}");
    assertOneLine(fetch::fetch).hasMessageContaining("has no gone.safetensors");
  }

  @Test
  void fetchesAPlainModelAndRemembersThatItHasNoModules() throws IOException {
    hub.remove("modules.json");
    assertThat(names(fetch.fetch().folder()))
        .contains("config.json", "model.safetensors")
        .doesNotContain("2_Dense/config.json");
    assertThat(repo().resolve(".no_exist").resolve(COMMIT).resolve("modules.json")).exists();
  }

  // The cache's layout

  @Test
  void keepsContentsAsBlobsNamedByTheirChecksums() throws IOException {
    HubSnapshot snapshot = fetch.fetch();

    assertThat(snapshot.folder()).isEqualTo(repo().resolve("snapshots").resolve(COMMIT));
    assertThat(repo().resolve("refs/main")).hasContent(COMMIT);
    assertThat(Files.readSymbolicLink(snapshot.folder().resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs", FakeHub.sha256(WEIGHTS)));
    String pooling = "{\"word_embedding_dimension\": 8}";
    assertThat(Files.readSymbolicLink(snapshot.folder().resolve("1_Pooling/config.json")))
        .isEqualTo(Path.of("../../../blobs", FakeHub.gitSha1(pooling.getBytes(UTF_8))));
    assertThat(blobs()).hasSize(9).allMatch(name -> name.matches("[0-9a-f]+"));
  }

  @Test
  void takesABlobThatIsHere() throws IOException {
    Path blob = repo().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS));
    Files.createDirectories(blob.getParent());
    Files.write(blob, WEIGHTS);

    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(stored("model.safetensors"))).isEmpty();
  }

  @Test
  void replacesABlobOfAnotherSize() throws IOException {
    Path blob = repo().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS));
    Files.createDirectories(blob.getParent());
    Files.write(blob, new byte[7]);
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void replacesALinkWhoseBlobIsGone() throws IOException {
    Path weights = fetch.fetch().folder().resolve("model.safetensors");
    Files.delete(repo().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS)));
    fetch.fetch();
    assertThat(weights).hasBinaryContent(WEIGHTS);
  }

  @Test
  void readsFromACacheThatCannotBeWritten() throws IOException {
    fetch.fetch();
    // A file where the folder of references should be: writing fails, even for the superuser.
    Files.delete(repo().resolve("refs/main"));
    Files.delete(repo().resolve("refs"));
    Files.createFile(repo().resolve("refs"));
    assertThat(fetch.fetch().commit()).isEqualTo(COMMIT);
  }

  @Test
  void copiesWhereThereAreNoLinks() throws IOException {
    HubCache withoutLinks =
        new HubCache(
            cache,
            FakeHub.ID,
            (link, target) -> {
              throw new FileSystemException(link.toString(), null, "not allowed");
            });
    Path blob = Files.write(cache.resolve("blob"), WEIGHTS);
    withoutLinks.link(COMMIT, "2_Dense/model.safetensors", blob);
    assertThat(withoutLinks.file(COMMIT, "2_Dense/model.safetensors"))
        .hasBinaryContent(WEIGHTS)
        .matches(file -> !Files.isSymbolicLink(file));
  }

  // Redirects and the token

  @Test
  void sendsTheTokenToTheHubOnly() {
    fetch = new HubFetch(withToken(hub.settings(cache)));
    fetch.fetch();
    assertThat(hub.seen()).filteredOn(Seen::atHub).isNotEmpty();
    assertThat(hub.seen())
        .filteredOn(Seen::atHub)
        .allMatch(s -> s.authorization().equals("Bearer " + SECRET));
    assertThat(hub.seen()).filteredOn(s -> !s.atHub()).isNotEmpty();
    assertThat(hub.seen()).filteredOn(s -> !s.atHub()).allMatch(s -> s.authorization().isEmpty());
  }

  @Test
  void keepsTheTokenBackWhenTheWayLeadsBackToTheHub() {
    fetch = new HubFetch(withToken(hub.settings(cache)));
    String path = resolve("config.json");
    hub.answer("GET", path, status(302, "Location", hub.storageEndpoint() + "/away"));
    hub.answer("GET", "/away", status(302, "Location", hub.endpoint() + path));
    fetch.fetch();
    List<Seen> gets = hub.seen(path).stream().filter(s -> s.method().equals("GET")).toList();
    assertThat(gets).extracting(Seen::authorization).containsExactly("Bearer " + SECRET, "");
  }

  @Test
  void followsARenamedModelWithTheToken() {
    fetch = new HubFetch(withToken(hub.settings(cache)));
    HubSnapshot snapshot = fetch.fetch(HubId.parse("org/old"));
    assertThat(snapshot.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(list()))
        .extracting(Seen::authorization)
        .containsExactly("Bearer " + SECRET);
  }

  @Test
  void stopsAfterAFewRedirects() {
    hub.answer(10, "GET", list(), status(302, "Location", list()));
    assertOneLine(fetch::fetch).hasMessageContaining("more than 5 redirects in a row");
    assertThat(hub.seen()).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.invalid/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://user:password@127.0.0.1/x",
        "http://[bad",
        ""
      })
  void refusesRedirectsToWhereItDoesNotGo(String location) {
    hub.answer("GET", list(), status(302, "Location", location));
    assertOneLine(fetch::fetch).hasMessageNotContaining("password");
    assertThat(hub.seen()).hasSize(1);
  }

  @Test
  void refusesPlainHttpToOtherMachines() {
    HubSettings plain =
        new HubSettings(URI.create("http://example.invalid"), cache, SECRET, false, false);
    assertOneLine(() -> new HubFetch(plain).fetch())
        .hasMessage(
            "Refused to ask example.invalid over http: expected https; --allow-http allows http");
  }

  @Test
  void allowsPlainHttpWhenAsked() {
    HubSettings plain =
        new HubSettings(URI.create("http://example.invalid"), cache, "", false, false)
            .allowingHttp();
    assertOneLine(() -> new HubFetch(plain).fetch())
        .hasMessageContaining("no connection to example.invalid: the name is unknown (5 attempts)");
  }

  // Refusals

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void saysBothPossibilitiesToAStranger(int status) {
    hub.answer("GET", list(), status(status));
    assertOneLine(fetch::fetch)
        .hasMessage(
            "Cannot fetch model org/tiny@main from 127.0.0.1 (%d): there is no such model, or it is gated or private: check the name, and set HF_TOKEN",
            status);
    assertThat(fetch.pauses).isEmpty();
  }

  @Test
  void saysThatAListedModelIsGated() {
    fetch = new HubFetch(withToken(hub.settings(cache)));
    hub.answer("HEAD", resolve("modules.json"), status(403));
    assertOneLine(fetch::fetch)
        .hasMessage(
            "Cannot fetch model org/tiny@main from 127.0.0.1 (403): it is gated or private, or HF_TOKEN is not valid: check the name and the token, and ask for access on the model's page");
  }

  @Test
  void saysThatThereIsNoSuchModel() {
    hub.answer("GET", list(), status(404));
    assertOneLine(fetch::fetch)
        .hasMessage("There is no model org/tiny at revision main on 127.0.0.1");
  }

  @Test
  void saysThatAListedFileIsMissing() {
    hub.answer("HEAD", resolve("config.json"), status(404));
    assertOneLine(fetch::fetch).hasMessageContaining("has no file config.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>log in to the wireless network</html>",
        "",
        "[]",
        "{\"sha\": \"../../../../etc\", \"siblings\": []}"
      })
  void refusesAServerThatIsNoHub(String text) {
    hub.answer("GET", list(), FakeHub.whole(text.getBytes(UTF_8)));
    assertOneLine(fetch::fetch)
        .hasMessageContaining("127.0.0.1 does not answer like a hub")
        .hasMessageContaining("check HF_ENDPOINT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"../../../evil\"", "\"d41d8cd98f00b204e9800998ecf8427e\"", "W/\"1-2\""})
  void refusesAFileWithoutAChecksum(String etag) {
    hub.answer("HEAD", resolve("config.json"), status(200, "ETag", etag));
    assertOneLine(fetch::fetch).hasMessageContaining("it gives no checksum of config.json");
  }

  @Test
  void neverTellsTheToken() {
    HubSettings settings = withToken(hub.settings(cache));
    assertThat(settings.toString()).doesNotContain(SECRET);
    hub.answer(Retry.ATTEMPTS, "GET", list(), status(500));
    assertThatThrownBy(() -> new HubFetch(settings).fetch())
        .satisfies(
            e -> {
              for (Throwable t = e; t != null; t = t.getCause()) {
                assertThat(t.toString()).doesNotContain(SECRET);
              }
            });
  }

  // What passes

  @Test
  void triesAgainAfterServerErrors() {
    hub.answer("GET", list(), status(500)).answer("GET", list(), status(503));
    hub.answer("HEAD", resolve("config.json"), status(502));
    hub.answer("GET", stored("model.safetensors"), status(504));
    assertThat(fetch.fetch().commit()).isEqualTo(COMMIT);
    assertThat(fetch.pauses).containsExactly(seconds(1), seconds(2), seconds(1), seconds(1));
  }

  @Test
  void waitsAsLongAsTheHubAsks() {
    hub.answer("GET", list(), status(429, "Retry-After", "7"))
        .answer("GET", list(), status(429, "Retry-After", "Sun, 01 Mar 2026 12:00:30 GMT"))
        .answer("GET", list(), status(429, "RateLimit", "\"api\";r=0;t=55"));
    fetch.fetch();
    assertThat(fetch.pauses).containsExactly(seconds(7), seconds(30), seconds(55));
  }

  @Test
  void doesNotWaitForever() {
    hub.answer("GET", list(), status(429, "Retry-After", "3600"));
    assertOneLine(fetch::fetch)
        .hasMessageContaining(
            "127.0.0.1 gets too many requests (429); the next attempt is due in 3600 s");
    assertThat(fetch.pauses).isEmpty();
  }

  @Test
  void givesUpAfterSomeAttempts() {
    hub.answer(Retry.ATTEMPTS, "GET", list(), status(503));
    assertOneLine(fetch::fetch)
        .hasMessage(
            "Cannot fetch model org/tiny@main: 127.0.0.1 answers 503 (5 attempts); and it is not in the cache "
                + cache.toAbsolutePath());
    assertThat(fetch.pauses).hasSize(Retry.ATTEMPTS - 1);
  }

  @Test
  void asksForANewRedirectWhenTheStorageRefuses() {
    // A signature that is too old.
    hub.answer("GET", stored("model.safetensors"), status(403));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(resolve("model.safetensors"))).hasSize(3);
  }

  @Test
  void goesOnWhereTheConnectionBroke() {
    hub.answer("GET", stored("model.safetensors"), FakeHub.cut(WEIGHTS, 2 << 20));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    List<Seen> seen = hub.seen(stored("model.safetensors"));
    assertThat(seen).hasSize(2);
    // What had been received when the connection broke is no fixed number.
    assertThat(seen.get(1).range()).matches("bytes=[1-9]\\d*-");
  }

  @Test
  void goesOnInTheNextRun() throws IOException {
    Path rest = incomplete();
    Files.createDirectories(rest.getParent());
    Files.write(rest, Arrays.copyOf(WEIGHTS, 1000));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(stored("model.safetensors")))
        .extracting(Seen::range)
        .containsExactly("bytes=1000-");
    assertThat(rest).doesNotExist();
  }

  @Test
  void takesARestThatIsWhole() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), WEIGHTS);
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(stored("model.safetensors"))).isEmpty();
  }

  @Test
  void startsOverWhenTheServerIgnoresTheRange() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), new byte[1000]);
    hub.answer("GET", stored("model.safetensors"), FakeHub.whole(WEIGHTS));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(stored("model.safetensors"))).hasSize(1);
  }

  @Test
  void startsOverWhenTheServerSendsAnotherRange() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), Arrays.copyOf(WEIGHTS, 1000));
    hub.answer("GET", stored("model.safetensors"), status(206, "Content-Range", "bytes 5-9/3000"));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(stored("model.safetensors")))
        .extracting(Seen::range)
        .containsExactly("bytes=1000-", "");
  }

  @Test
  void startsOverWhenTheRestWasDamaged() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), new byte[1000]);
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(hub.seen(stored("model.safetensors")))
        .extracting(Seen::range)
        .containsExactly("bytes=1000-", "");
  }

  @Test
  void doesNotWaitForAServerThatFallsSilent() {
    CountDownLatch never = new CountDownLatch(1);
    hub.answer(
        "GET",
        stored("model.safetensors"),
        exchange -> {
          exchange.sendResponseHeaders(200, WEIGHTS.length);
          exchange.getResponseBody().write(WEIGHTS, 0, 100);
          exchange.getResponseBody().flush();
          awaitQuietly(never);
        });
    assertThat(fetch.within(Duration.ofMillis(500)).fetch().folder().resolve("model.safetensors"))
        .hasBinaryContent(WEIGHTS);
    assertThat(fetch.pauses).containsExactly(seconds(1));
    never.countDown();
  }

  // Wrong contents

  @Test
  void triesAWrongChecksumOnceMore() {
    byte[] wrong = WEIGHTS.clone();
    wrong[5]++;
    hub.answer("GET", stored("model.safetensors"), FakeHub.whole(wrong));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void refusesAWrongChecksumAndKeepsNothing() {
    byte[] wrong = WEIGHTS.clone();
    wrong[5]++;
    hub.answer(2, "GET", stored("model.safetensors"), FakeHub.whole(wrong));
    assertOneLine(fetch::fetch)
        .hasMessageStartingWith(
            "Cannot fetch model.safetensors of model org/tiny@main: twice 127.0.0.1 sent something else than the file with checksum "
                + FakeHub.sha256(WEIGHTS));
    assertThat(incomplete()).doesNotExist();
    assertThat(repo().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS))).doesNotExist();
    assertThat(repo().resolve("refs/main")).doesNotExist();
  }

  @Test
  void refusesAWrongChecksumOfASmallFileToo() {
    byte[] wrong = "{\"model_type\": \"evil\"}".getBytes(UTF_8);
    hub.answer(2, "GET", resolve("config.json"), FakeHub.whole(wrong));
    assertOneLine(fetch::fetch).hasMessageContaining("twice 127.0.0.1 sent something else");
  }

  @Test
  void takesNoMoreThanAnnounced() {
    byte[] longer = Arrays.copyOf(WEIGHTS, WEIGHTS.length + (8 << 20));
    hub.answer(2, "GET", stored("model.safetensors"), FakeHub.whole(longer));
    assertOneLine(fetch::fetch).hasMessageContaining("twice 127.0.0.1 sent something else");
    assertThat(fetch.progress)
        .contains("model.safetensors %d/%d".formatted(WEIGHTS.length + 1, WEIGHTS.length))
        .noneMatch(p -> p.startsWith("model.safetensors %d/".formatted(WEIGHTS.length + 2)));
  }

  @Test
  void doesNotAskForeverForBytesThatDoNotExist() {
    byte[] shorter = Arrays.copyOf(WEIGHTS, 2 << 20);
    for (int i = 0; i < Retry.ATTEMPTS; i++) {
      hub.answer("GET", stored("model.safetensors"), FakeHub.whole(shorter));
      hub.answer("GET", stored("model.safetensors"), status(416));
    }
    assertOneLine(fetch::fetch)
        .hasMessageStartingWith("Cannot fetch model.safetensors of model org/tiny@main: ")
        .hasMessageContaining("attempts");
    assertThat(hub.seen(stored("model.safetensors"))).hasSizeLessThanOrEqualTo(Retry.ATTEMPTS + 1);
  }

  @Test
  void fetchesFilesOfUnknownSize() {
    hub.answer("HEAD", resolve("model.safetensors"), status(200, "ETag", FakeHub.sha256(WEIGHTS)));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
  }

  @Test
  void fetchesEmptyFiles() {
    hub.small("added_tokens.json", "");
    assertThat(fetch.fetch().folder().resolve("added_tokens.json")).isEmptyFile();
  }

  // Hostile names

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../config.json",
        "/etc/config.json",
        "1_Pooling/../../../config.json",
        "a\u0000b/config.json",
        "C:\\config.json",
        "..\\config.json",
        "./config.json",
        "a//config.json"
      })
  void ignoresListedNamesThatLeadElsewhere(String name) throws IOException {
    hub.listing(name);
    assertThat(names(fetch.fetch().folder())).hasSize(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../other", "/etc", "a/../../..", "..\\\\x", "a\\u0000b"})
  void refusesModulesThatLeadElsewhere(String path) {
    hub.small(
        "modules.json",
        "[{\"path\": \"\", \"type\": \"x.Transformer\"}, {\"path\": \"%s\", \"type\": \"x.Dense\"}]"
            .formatted(path));
    hub.listing("../config.json").listing("../other/config.json");
    assertOneLine(fetch::fetch)
        .hasMessage(
            "Refused model org/tiny@main: its modules.json has a path that leads out of the model's folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x.safetensors", "/etc/passwd", "a\\u0000b"})
  void refusesShardsThatLeadElsewhere(String shard) {
    hub.remove("model.safetensors")
        .small("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"%s\"}}".formatted(shard))
        .listing("../x.safetensors");
    assertOneLine(fetch::fetch)
        .hasMessageContaining("names a file that is out of the model's folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "7", "{\"a\": 1}", "[1, 2]"})
  void refusesBrokenModules(String json) {
    hub.small("modules.json", json);
    assertOneLine(fetch::fetch);
  }

  // Without the hub

  @Test
  void usesTheCacheOffline() {
    HubSnapshot online = fetch.fetch();
    hub.close();
    assertThat(new HubFetch(offline(hub.settings(cache))).fetch()).isEqualTo(online);
  }

  @Test
  void asksNobodyOffline() {
    assertOneLine(() -> new HubFetch(offline(hub.settings(cache))).fetch())
        .hasMessage(
            "Cannot fetch model org/tiny@main: HF_HUB_OFFLINE is set, and it is not in the cache "
                + cache.toAbsolutePath());
    assertThat(hub.seen()).isEmpty();
  }

  @Test
  void usesTheCacheWhenTheHubIsDown() throws IOException {
    HubSnapshot online = fetch.fetch();
    fetch.pauses.clear();
    hub.answer("GET", list(), status(503));
    assertThat(fetch.fetch()).isEqualTo(online);
    assertThat(fetch.pauses).isEmpty();
    HubSettings nobody =
        new HubSettings(URI.create("http://127.0.0.1:" + freePort()), cache, "", false, false);
    assertThat(new HubFetch(nobody).fetch()).isEqualTo(online);
  }

  @Test
  void saysThatNobodyIsThere() throws IOException {
    HubSettings nobody =
        new HubSettings(URI.create("http://127.0.0.1:" + freePort()), cache, "", false, false);
    assertOneLine(() -> new HubFetch(nobody).fetch())
        .hasMessageContaining("no connection to 127.0.0.1: refused (5 attempts)")
        .hasMessageContaining("it is not in the cache " + cache.toAbsolutePath());
  }

  @Test
  void aDownloadThatBrokeOffIsNotComplete() {
    hub.answer("GET", list(), status(404));
    hub.answer(2, "GET", stored("model.safetensors"), FakeHub.whole(new byte[WEIGHTS.length]));
    HubId atCommit = HubId.parse("org/tiny@" + COMMIT);
    assertThatThrownBy(() -> fetch.fetch(atCommit)).isInstanceOf(ModelException.class);
    assertOneLine(() -> new HubFetch(offline(hub.settings(cache))).fetch(atCommit))
        .hasMessageContaining("its copy in the cache, ")
        .hasMessageContaining("has no weights (model.safetensors or pytorch_model.bin)");
  }

  @Test
  void canBeInterruptedWhileItWaits() {
    hub.answer("GET", list(), status(503));
    HubModels.Waiting interrupted =
        new HubModels.Waiting(
            HubHttp.Timeouts.DEFAULT,
            pause -> {
              throw new InterruptedException();
            },
            Clock.systemUTC());
    assertOneLine(
            () -> HubModels.fetch(FakeHub.ID, hub.settings(cache), Progress.NONE, interrupted))
        .hasMessage("Cannot fetch model org/tiny@main: interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  // Together with others

  @Test
  void fetchesWhereThereCanBeNoLocks() throws IOException {
    Files.createFile(cache.resolve(".locks"));
    hub.answer("GET", stored("model.safetensors"), FakeHub.cut(WEIGHTS, 2 << 20));
    assertThat(fetch.fetch().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(blobs()).allMatch(name -> name.matches("[0-9a-f]+"));
  }

  @Test
  void leavesNothingOfItsOwnWithoutLocks() throws IOException {
    Files.createFile(cache.resolve(".locks"));
    hub.answer(5, "GET", stored("model.safetensors"), status(503));
    assertOneLine(fetch::fetch).hasMessageContaining("localhost answers 503 (5 attempts)");
    assertThat(blobs()).allMatch(name -> name.matches("[0-9a-f]+"));
  }

  @Test
  void twoThreadsFetchTheSameModelOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<HubSnapshot>> fetches = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        fetches.add(threads.submit(() -> HubFetch.of(hub, cache).fetch()));
      }
      for (Future<HubSnapshot> each : fetches) {
        assertThat(each.get().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(hub.seen(stored("model.safetensors"))).hasSize(1);
    try (Stream<Path> files = Files.walk(repo())) {
      assertThat(files.map(Path::toString))
          .noneMatch(f -> f.endsWith(".tmp") || f.endsWith(".incomplete"));
    }
  }

  private Path repo() {
    return cache.toAbsolutePath().resolve("models--org--tiny");
  }

  private Path incomplete() {
    return repo().resolve("blobs").resolve(FakeHub.sha256(WEIGHTS) + ".sbert-spark.incomplete");
  }

  private List<String> blobs() throws IOException {
    try (Stream<Path> blobs = Files.list(repo().resolve("blobs"))) {
      return blobs.map(blob -> blob.getFileName().toString()).toList();
    }
  }

  private static HubSettings withToken(HubSettings settings) {
    return new HubSettings(settings.endpoint(), settings.cache(), SECRET, false, false);
  }

  private static HubSettings offline(HubSettings settings) {
    return new HubSettings(settings.endpoint(), settings.cache(), "", true, false);
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .toList();
    }
  }

  /** An error that the user can mend, in one line that tells no secret. */
  private static AbstractThrowableAssert<?, ? extends Throwable> assertOneLine(
      ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOf(ModelException.class)
        .hasMessageNotContainingAny("\n", "\0", SECRET, "s3cret");
  }
}
