package org.sbertspark.model.hub;

import java.nio.file.Path;

/**
 * A model's files on this machine.
 *
 * @param folder the model folder, in the hub cache: read it, never write into it
 * @param commit 40 hexadecimal digits: what the revision meant; with it the same files can be
 *     fetched again
 */
public record HubSnapshot(Path folder, String commit) {}
