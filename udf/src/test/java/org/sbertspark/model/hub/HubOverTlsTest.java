package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.model.ModelException;

/** As the public hub is reached: over HTTPS, with a certificate that somebody vouches for. */
class HubOverTlsTest {
  private static final char[] PASSWORD = "not a secret".toCharArray();
  private static final byte[] WEIGHTS = new byte[100_000];

  @TempDir private static Path keys;
  private static SSLContext ofTheHub;

  @TempDir private Path cache;

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path file = keys.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD),
                "-alias",
                "hub",
                "-keyalg",
                "EC",
                "-dname",
                "CN=hub",
                "-ext",
                "san=ip:127.0.0.1,dns:localhost")
            .redirectErrorStream(true)
            .start();
    keytool.getInputStream().readAllBytes();
    assertThat(keytool.waitFor()).isZero();
    ofTheHub = context(file);
  }

  /** Shows the certificate of a key store, and trusts it. */
  private static SSLContext context(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(store, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry("hub", store.getCertificate("hub"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void modelsComeOverHttps() throws GeneralSecurityException {
    SSLContext before = SSLContext.getDefault();
    SSLContext.setDefault(ofTheHub);
    try (FakeHub hub = new FakeHub(ofTheHub).sentenceTransformer(WEIGHTS)) {
      HubSnapshot snapshot = HubFetch.of(hub, cache).fetch();
      assertThat(snapshot.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
      assertThat(hub.endpoint()).hasScheme("https");
    } finally {
      SSLContext.setDefault(before);
    }
  }

  @Test
  void hubWithAnUnknownCertificateIsRefused() {
    try (FakeHub hub = new FakeHub(ofTheHub).sentenceTransformer(WEIGHTS)) {
      HubFetch fetch = HubFetch.of(hub, cache);
      assertThatThrownBy(fetch::fetch)
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("127.0.0.1")
          .hasMessageContaining("certif");
      assertThat(hub.seen()).isEmpty();
    }
  }
}
