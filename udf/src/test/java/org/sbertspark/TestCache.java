package org.sbertspark;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sbertspark.inference.CacheFolder;

/**
 * Points the model cache at a folder under {@code target}, so that tests neither find nor leave
 * anything in the user's own. All tests of a module share it, natives are unpacked once.
 */
public final class TestCache implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) {
    System.setProperty(
        CacheFolder.PROPERTY, Path.of("target", "test-cache").toAbsolutePath().toString());
  }
}
