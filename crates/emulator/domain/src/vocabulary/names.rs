//! First and last names: common ones from around the world.

use super::words;
use crate::text::Text;

/// Given names.
pub(crate) static FIRST: [Text<16>; 168] = words(
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara \
     Richard Susan Joseph Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy \
     Matthew Betty Anthony Sandra Mark Margaret Donald Ashley Steven Kimberly Andrew Emily \
     Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George Deborah \
     Timothy Stephanie Ronald Rebecca Jason Sharon Edward Laura Jeffrey Cynthia Ryan Dorothy \
     Jacob Amy Gary Kathleen Nicholas Angela Eric Shirley Jonathan Emma Stephen Brenda Larry \
     Pamela Justin Nicole Scott Anna Brandon Samantha Benjamin Katherine Samuel Christine \
     Gregory Helen Frank Debra Alexander Rachel Raymond Carolyn Patrick Janet Jack Maria \
     Dennis Catherine Jerry Heather Tyler Diane Aaron Olivia Jose Julie Adam Joyce Nathan \
     Victoria Henry Ruth Zachary Virginia Douglas Lauren Peter Kelly Kyle Christina Noah Joan \
     Ethan Evelyn Jeremy Judith Wei Fatima Hiroshi Ingrid Lars Chiara Mateo Sofia Luca Amira \
     Omar Leila Arjun Priya Ravi Ananya Kenji Yuki Minjun Seoyeon Ahmed Zainab Chidi Ngozi \
     Kwame Ama Pedro Camila Diego Valentina Bruno Larissa Pierre Camille Hans Greta Jan \
     Anneke Piotr Zofia Ivan Olga",
);

/// Family names.
pub(crate) static LAST: [Text<16>; 269] = words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez \
     Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson \
     White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott \
     Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter \
     Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart \
     Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed \
     Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray \
     Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez \
     Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales \
     Fisher Vasquez Simmons Romero Jordan Patterson Alexander Hamilton Graham Reynolds \
     Griffin Wallace Moreno West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar \
     Stevens Murray Ford Castro Marshall Owens Harrison Fernandez Mcdonald Woods Washington \
     Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson \
     Porter Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer \
     Wagner Black Robertson Boyd Stone Salazar Fox Warren Mills Meyer Rice Schmidt Garza \
     Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Kelley \
     Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott \
     Cunningham Duncan Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry \
     Perkins Hoffman Johnston Matthews Pena Richards Contreras Willis Carpenter Lawrence \
     Sandoval Tanaka Suzuki Sato Yamamoto Park Choi Singh Sharma Gupta Khan Ali Hassan Okafor \
     Adeyemi Mensah Muller Schneider Fischer Weber Becker Dubois Moreau Laurent Rossi Ferrari \
     Bianchi Kowalski Nowak Novak Ivanov Petrov Jansen Bakker Larsen Nilsson Costa Souza \
     Almeida",
);
