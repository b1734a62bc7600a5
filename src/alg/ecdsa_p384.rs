//! ECDSA over P-384 (secp384r1), which RFC 5753 section 7 recommends beside P-256.

use p384::NistP384;

use crate::alg::ecdsa::{Ecdsa, NamedCurve};

/// P-384 keys.
pub static P384: Ecdsa<NistP384> = Ecdsa::new();

impl NamedCurve for NistP384 {
    const NAME: &'static str = "P-384";
    const BITS: usize = 384;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::ecdsa::tests::check_signatures;

    // RFC 6979 appendix A.2.6: private key, public key, then digest, message, r, s.
    #[test]
    fn deterministic_signatures() {
        let private = "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8\
            96d5724e4c70a825f872c9ea60d2edf5";
        let public = concat!(
            "04",
            "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64\
                 def8f0ea9055866064a254515480bc13",
            "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1\
                 288b231c3ae0d4fe7344fd2533264720",
        );
        let rows = [
            (
                "sha1",
                "sample",
                "ec748d839243d6fbef4fc5c4859a7dffd7f3abddf72014540c16d73309834fa3\
                 7b9ba002899f6fda3a4a9386790d4eb2",
                "a3bcfa947beef4732bf247ac17f71676cb31a847b9ff0cbc9c9ed4c1a5b3facf\
                 26f49ca031d4857570ccb5ca4424a443",
            ),
            (
                "sha224",
                "sample",
                "42356e76b55a6d9b4631c865445dbe54e056d3b3431766d0509244793c3f9366\
                 450f76ee3de43f5a125333a6be060122",
                "9da0c81787064021e78df658f2fbb0b042bf304665db721f077a4298b095e483\
                 4c082c03d83028efbf93a3c23940ca8d",
            ),
            (
                "sha256",
                "sample",
                "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33\
                 bde1e888e63355d92fa2b3c36d8fb2cd",
                "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feeb\
                 efdc63eccd1ac42ec0cb8668a4fa0ab0",
            ),
            (
                "sha384",
                "sample",
                "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c\
                 81a648152e44acf96e36dd1e80fabe46",
                "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f\
                 a329c145786e679e7b82c71a38628ac8",
            ),
            (
                "sha512",
                "sample",
                "ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799c\
                 fe30f35cc900056d7c99cd7882433709",
                "512c8cceee3890a84058ce1e22dbc2198f42323ce8aca9135329f03c068e5112\
                 dc7cc3ef3446defceb01a45c2667fdd5",
            ),
            (
                "sha1",
                "test",
                "4bc35d3a50ef4e30576f58cd96ce6bf638025ee624004a1f7789a8b8e43d0678\
                 acd9d29876daf46638645f7f404b11c7",
                "d5a6326c494ed3ff614703878961c0fde7b2c278f9a65fd8c4b7186201a29916\
                 95ba1c84541327e966fa7b50f7382282",
            ),
            (
                "sha224",
                "test",
                "e8c9d0b6ea72a0e7837fea1d14a1a9557f29faa45d3e7ee888fc5bf954b5e624\
                 64a9a817c47ff78b8c11066b24080e72",
                "07041d4a7a0379ac7232ff72e6f77b6ddb8f09b16cce0ec3286b2bd43fa8c614\
                 1c53ea5abef0d8231077a04540a96b66",
            ),
            (
                "sha256",
                "test",
                "6d6defac9ab64dabafe36c6bf510352a4cc27001263638e5b16d9bb51d451559\
                 f918eedaf2293be5b475cc8f0188636b",
                "2d46f3becbcc523d5f1a1256bf0c9b024d879ba9e838144c8ba6baeb4b53b47d\
                 51ab373f9845c0514eefb14024787265",
            ),
            (
                "sha384",
                "test",
                "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb\
                 0542a7f0812998da8f1dd3ca3cf023db",
                "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e0\
                 6a739f040649a667bf3b828246baa5a5",
            ),
            (
                "sha512",
                "test",
                "a0d5d090c9980faf3c2ce57b7ae951d31977dd11c775d314af55f76c676447d0\
                 6fb6495cd21b4b6e340fc236584fb277",
                "976984e59b4c77b0e8e4460dca3d9f20e07b9bb1f63beefaf576f6b2e8b22463\
                 4a2092cd3792e0159ad9cee37659c736",
            ),
        ];
        check_signatures(&P384, private, public, &rows);
    }
}
